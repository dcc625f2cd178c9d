"""What is ordered: a Drawing read, with everything in it that cannot be used left out or refused."""

from dataclasses import dataclass
from typing import Any

from integrations.errors import Unsupported
from integrations.providers.base import Drawing
from integrations.providers.offline_cards import colours
from integrations.providers.offline_cards.colours import Colour
from integrations.providers.offline_cards.families import in_order, wanted
from integrations.providers.offline_cards.letters import Letters, drawable, letters_for
from integrations.providers.offline_cards.words import Words, cleaned, is_seen, one_line, told_apart
from integrations.providers.offline_text.chance import Chance

STYLES = ("realistic", "cartoon", "abstract", "minimalist")
LEAST_SIDE, MOST_SIDE, MOST_PIXELS = 16, 4096, 16_000_000
MOST_COLOURS = 6


class Luck(Chance):
    """Chance, also between two numbers."""

    def between(self, purpose: str, low: float, high: float) -> float:
        """A number, the same each time."""
        return low + (high - low) * (self.roll(purpose) / 2**64)


@dataclass(frozen=True)
class Order:
    """One card that can be made. lost has the signs that no font here draws; they are not in words and name."""

    width: int
    height: int
    style: str
    words: Words
    letters: Letters
    name: str
    name_letters: Letters
    colours: tuple[Colour, ...]
    lost: str
    luck: Luck
    # The same for all cards of a brand.
    brand_luck: Luck

    @property
    def unit(self) -> float:
        """The side of a square as large as the card, in pixels: other lengths are shares of it."""
        return float((self.width * self.height) ** 0.5)


def read(drawing: Drawing) -> Order:
    """The order of `drawing.facts`: {"text", "style", "brand": {"name", "colours", "fonts"}}.

    Colours and fonts that are none are ignored, an unknown style is "minimalist". Without a text the card shows the
    brand's name. Raises Unsupported for a size that is not drawn, and where there are no words that a font can draw.
    """
    _check_size(drawing.width, drawing.height)
    facts, brand = _mapping(drawing.facts), _mapping(_mapping(drawing.facts).get("brand"))
    style = str(facts.get("style")) if facts.get("style") in STYLES else "minimalist"
    fonts = [one_line(font) for font in _listed(brand.get("fonts"))]
    found = tuple(colour for value in _listed(brand.get("colours")) if (colour := colours.read(value)))
    first, second = wanted(fonts, style)
    text, name = cleaned(facts.get("text")), one_line(brand.get("name"))
    letters, name_letters = letters_for(text or name, in_order(first)), letters_for(name, in_order(second))
    shown, lost = drawable(text or name, letters)
    if not is_seen(shown) or (_says_something(lost) and not _says_something(shown)):
        raise _no_words(text or name)
    name = drawable(name, name_letters)[0] if text else ""
    identity = {"name": name or shown, "colours": found, "fonts": fonts}
    return Order(
        width=drawing.width,
        height=drawing.height,
        style=style,
        words=told_apart(shown),
        letters=letters,
        name=name if is_seen(name) else "",
        name_letters=name_letters,
        colours=tuple(dict.fromkeys(found))[:MOST_COLOURS],
        lost=lost,
        luck=Luck({**identity, "text": shown, "style": style, "prompt": cleaned(drawing.prompt)}),
        brand_luck=Luck(identity),
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    """The first entries of a list; nothing for what is none."""
    return list(value[:20]) if isinstance(value, list | tuple) else []


def _says_something(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _check_size(width: Any, height: Any) -> None:
    whole = all(type(side) is int and LEAST_SIDE <= side <= MOST_SIDE for side in (width, height))
    if not whole or width * height > MOST_PIXELS:
        raise Unsupported(
            f"The offline cards are {LEAST_SIDE} to {MOST_SIDE} pixels wide and high and have at most "
            f"{MOST_PIXELS // 1_000_000} million pixels, not {str(width)[:9]} x {str(height)[:9]}. Choose another size."
        )


def _no_words(text: str) -> Unsupported:
    if not is_seen(text):
        return Unsupported("The offline cards need words to set, or the name of a brand. Write the text of the card.")
    sample = " ".join(text.split())[:20]
    return Unsupported(
        f"The offline cards have no letters for this text ({sample}). Install fonts for its script on the server, such "
        "as Debian's fonts-noto-core or fonts-noto-cjk, or choose a provider that draws."
    )
