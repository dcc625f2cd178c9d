"""Measuring a brand's voice on its own texts, and new texts against it; and the words that it must and must not use."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils import timezone

from content import voice
from content.models import Voice
from publishing.following import parts_in
from publishing.models import Publication

NEWEST = 200  # published posts that are measured
TREND = 40


@dataclass(frozen=True)
class Measured:
    """One published post, and how far it is from the voice."""

    publication: Publication
    points: float
    reasons: tuple[voice.Reason, ...]


def measure(row: Voice) -> None:
    """Make the fingerprint anew, of the samples and of what the brand has published; the caller has checked rights."""
    texts = [*parts_in(row.samples), *(text for _post, text in published(row, NEWEST))]
    row.fingerprint = voice.fingerprint(list(dict.fromkeys(texts)))
    row.measured_at = timezone.now()
    row.save(update_fields=["fingerprint", "measured_at"])


def published(row: Voice, most: int) -> list[tuple[Publication, str]]:
    """The newest posts that are out on accounts of the brand, with their texts; those had leave."""
    posts = Publication.objects.for_tenant(row.tenant).filter(
        state=Publication.State.PUBLISHED, account__brand=row.brand, is_test=False, replaces=None
    )
    newest = posts.select_related("account").order_by("-published_at")[:most]
    return [(post, text) for post in newest if (text := str(post.content.get("text") or ""))]


def trend(row: Voice) -> list[Measured]:
    """The distance of each of the newest published posts, the oldest first."""
    found = []
    for post, text in published(row, TREND):
        if (far := voice.distance(text, row.fingerprint)) is not None:
            found.append(Measured(post, far.points, far.reasons))
    return found[::-1]


def word_problems(row: Voice, text: str) -> list[str]:
    """Banned words that a text has, and required ones of which it has none, each as a sentence."""
    found = [f"It has the banned word “{word}”." for word in row.banned_words if has_word(text, word)]
    required = row.required_words
    if required and not any(has_word(text, word) for word in required):
        found.append(f"It has none of the required words ({', '.join(required[:5])}).")
    return found


def has_word(text: str, word: str) -> bool:
    """Whether a word, or some in a row, stands in a text as a whole, whatever its case and accents."""
    return bool(re.search(rf"(?<!\w){re.escape(folded(word))}(?!\w)", folded(text)))


def folded(text: str) -> str:
    """A text without case and accents, its spaces single."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())
