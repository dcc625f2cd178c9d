"""What a style decides about a card."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from integrations.providers.offline_cards.layout import Box, Layout
from integrations.providers.offline_cards.ordering import Order
from integrations.providers.offline_cards.palette import Palette


@dataclass(frozen=True)
class Scene:
    """What a ground is painted for: the colours, the places, and where the words will stand on them."""

    order: Order
    palette: Palette
    layout: Layout
    words: Box


@dataclass(frozen=True)
class Design:
    """What a style decides: the theme of the palette, the place of the words, the accent, and the ground.

    art and floor are the shares of the card without words that `layout` knows. inset is space that the ground takes
    around the words, as a share of the card's unit.
    """

    paint: Callable[[Scene], Image.Image]
    theme: Literal["deep", "solid", "paper"]
    art: float = 0.0
    floor: float = 0.0
    centred: bool = False
    accent: Literal["bar", "none"] = "bar"
    inset: float = 0.0
