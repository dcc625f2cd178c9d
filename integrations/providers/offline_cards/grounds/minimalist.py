"""Minimalist: one flat colour, one accent."""

from typing import Literal

from PIL import Image

from integrations.providers.offline_cards import painting
from integrations.providers.offline_cards.grounds.design import Design, Scene
from integrations.providers.offline_cards.ordering import Order


def design(order: Order) -> Design:
    """A bar above the words, a disc in the corner, a strip along the edge or a thin frame."""
    themes: dict[str, Literal["deep", "solid", "paper"]] = {"paper": "paper", "solid": "solid", "deep": "deep"}
    theme = themes[order.luck.pick("theme", ["paper", "solid", "paper", "deep"])]
    form = order.luck.pick("form", ["bar", "disc", "edge", "frame"])
    paint = {"bar": plain, "disc": disc, "edge": edge, "frame": frame}[form]
    return Design(paint, theme, centred=form == "frame", accent="none" if form == "edge" else "bar")


def plain(scene: Scene) -> Image.Image:
    """Nothing but the colour."""
    return painting.flat(scene.order.width, scene.order.height, scene.palette.ground)


def disc(scene: Scene) -> Image.Image:
    """A quarter of a disc in the corner where no words are."""
    image = plain(scene)
    x = 0 if scene.layout.align == "right" else image.width
    room = image.height - scene.words.bottom if scene.layout.kind == "stack" else 0
    radius = min(0.19 * scene.order.unit, 0.9 * room)
    if scene.layout.kind == "stack" and radius > 4:
        painting.disc(image, (x, image.height), radius, scene.palette.accent)
    return image


def edge(scene: Scene) -> Image.Image:
    """A strip along the side where lines begin."""
    image = plain(scene)
    wide = max(2, round(0.3 * scene.layout.frame.left))
    left = image.width - wide if scene.layout.align == "right" else 0
    image.paste(scene.palette.accent, (left, 0, left + wide, image.height))
    return image


def frame(scene: Scene) -> Image.Image:
    """A thin line around everything."""
    image = plain(scene)
    inset, thick = round(0.42 * scene.layout.frame.left), max(1, round(0.0045 * scene.order.unit))
    outer = (inset, inset, image.width - inset, image.height - inset)
    if inset > 3 * thick:
        image.paste(scene.palette.accent, outer)
        inner = (inset + thick, inset + thick, image.width - inset - thick, image.height - inset - thick)
        image.paste(scene.palette.ground, inner)
    return image
