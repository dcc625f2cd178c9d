"""Drawing a picture: asked for once, fitted exactly, put into the library with its thumbnail."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from PIL import Image

from ai import editions, painting
from ai.painting import Painter
from integrations.errors import Refused
from integrations.providers import base
from integrations.providers.base import Picture
from integrations.providers.offline_cards import composing
from integrations.providers.offline_cards import ordering as cards
from jobs.running import Run
from media import prompts, storing
from media.library import is_made, keep_made, mime_of
from media.models import Drawing, Kind, MediaFile, Source
from media.ordering import CARDS
from media.pictures import fitting

THUMBNAIL = 480  # pixels wide
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


def draw(drawing: Drawing, painter: Painter, run: Run) -> dict[str, Any]:
    """Have a picture drawn and put it into the library; returns {"mediaId", "url"}. Raises as Painter.paint does."""
    media = drawing.media or _drawn(drawing, painter, run)
    if not is_made(drawing, media, "thumbnail"):
        run.checkpoint("thumbnail", 92, "Making the thumbnail")
        _make_thumbnail(drawing, media, run)
    for suffix in SUFFIXES.values():  # by name, because the try that stored it may have been killed
        default_storage.delete(drawing.stored_as(f"original{suffix}"))
    run.checkpoint("completed", 100, f"Drew “{media.title}”, {drawing.width} x {drawing.height}")
    return {"mediaId": media.pk, "url": media.url}


def _drawn(drawing: Drawing, painter: Painter, run: Run) -> MediaFile:
    """The picture as a row of the library: asked for once, then exactly in the size that was ordered."""
    run.checkpoint("draw", 5, "Drawing the picture")
    prompt = prompt_for(drawing)
    call, original = painter.paint(prompt, "picture", _wish(drawing), lambda made: _keep(drawing, made))
    run.checkpoint("fit", 75, "Fitting it to size")
    if not default_storage.exists(original):
        raise Refused("The picture that was drawn for this is gone from the store. Order it again.")
    with default_storage.open(original) as file, Image.open(file) as raw:
        is_photo = raw.format == "JPEG"
        path = run.folder / ("picture.jpg" if is_photo else "picture.png")
        how: dict[str, Any] = {"quality": 92} if is_photo else {"compress_level": 6}
        fitting.cover(raw, drawing.width, drawing.height).save(path, **how)
    alt = _alt_of_card(drawing, prompt.facts, run) if drawing.model_id == CARDS else ""
    return _into_library(drawing, path, call, alt, run)


def _alt_of_card(drawing: Drawing, facts: dict[str, Any], run: Run) -> str:
    """What a card shows, in words; says so where signs or words are left out."""
    order = cards.read(replace(_wish(drawing), facts=facts))
    words = drawing.text or drawing.prompt
    if order.lost:
        run.log(f"No font of this machine has the signs {order.lost[:40]}: they are left out of the card.", "warning")
    if not composing.compose(order).cut:
        return f"A card with the words: {words}"[:500]
    run.log("Not all words fit: the card ends with an ellipsis. Order fewer words, or a larger card.", "warning")
    return f"A card that begins with the words: {' '.join(words.split()[:8])}…"[:500]


def _make_thumbnail(drawing: Drawing, media: MediaFile, run: Run) -> None:
    small = run.folder / "thumbnail.webp"
    with media.file.open("rb") as file, Image.open(file) as whole:
        made = fitting.thumbnail(whole, THUMBNAIL)
        made.save(small, "WEBP", quality=82)
    keep_made(run, drawing, media, "thumbnail", small, Kind.IMAGE, width=made.width, height=made.height)


def prompt_for(drawing: Drawing) -> Any:
    """The words for a drawing, in the workspace's own edition where it has one."""
    brand = {
        "name": drawing.brand.name if drawing.brand else "",
        "colours": drawing.colours,
        "fonts": drawing.fonts,
    }
    words = editions.in_use(drawing.tenant, prompts.PICTURE.name)
    return prompts.picture(drawing.prompt, text=drawing.text, style=drawing.style, brand=brand, words=words)


def _wish(drawing: Drawing) -> base.Drawing:
    return base.Drawing(
        drawing.model_id, "", width=drawing.width, height=drawing.height, timeout=painting.PAINT_SECONDS
    )


def _keep(drawing: Drawing, made: Picture) -> str:
    return storing.put(drawing.stored_as(f"original{SUFFIXES.get(made.mime_type, '.png')}"), made.data)


def _into_library(drawing: Drawing, path: Path, call: Any, alt: str, run: Run) -> MediaFile:
    name = storing.put(drawing.stored_as(path.name), path)
    media = MediaFile(
        tenant=drawing.tenant,
        owner=drawing.user,
        kind=Kind.IMAGE,
        title=(drawing.text or drawing.prompt)[:200],
        file=name,
        source=Source.GENERATED,
        mime=mime_of(path),
        checksum=storing.checksum(io.BytesIO(path.read_bytes())),
        bytes=path.stat().st_size,
        width=drawing.width,
        height=drawing.height,
        # A card shows its words, which we know; what a model drew, nobody has looked at yet.
        alt_text=alt,
        prompt=drawing.prompt,
        call=call,
        brand=drawing.brand,
    )
    with run.owned():
        media.save()
        Drawing.objects.filter(pk=drawing.pk).update(media=media)
    return media
