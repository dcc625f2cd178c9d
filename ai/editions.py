"""A workspace's own words for our prompts: editions are added, one is in use, and every call says which it used."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.module_loading import import_string

from accounts import audit
from accounts.models import Tenant, User
from ai.models import PromptEdition
from ai.prompting import Template
from config.hooks import PROMPTS

# Pairs of equal words in two texts; with more of them a comparison word by word takes seconds.
MOST_PAIRS = 5_000_000
PUNCTUATION = ".,;:!?…"


def templates() -> dict[str, Template]:
    """All prompts by their names."""
    found = [import_string(path) for path in PROMPTS]
    return {template.name: template for template in found}


def in_use(tenant: Tenant, name: str) -> PromptEdition | None:
    """The workspace's edition of a prompt, None where it uses ours."""
    return PromptEdition.objects.for_tenant(tenant).filter(name=name, is_active=True).first()


def history(tenant: Tenant, name: str) -> list[PromptEdition]:
    """The workspace's editions of a prompt, newest first, with their authors."""
    return list(PromptEdition.objects.for_tenant(tenant).filter(name=name).select_related("author"))


def add(template: Template, system: str, text: str, *, tenant: Tenant, by: User) -> PromptEdition:
    """Store new words and use them from now on. Raises BadTemplate where they cannot be filled in."""
    template.check(system, text)
    with transaction.atomic():
        rows = _held(tenant, template)
        number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
        rows.filter(is_active=True).update(is_active=False)
        edition = PromptEdition.objects.create(
            tenant=tenant,
            name=template.name,
            number=number,
            based_on=template.version,
            system=system,
            text=text,
            author=by,
        )
        audit.record(by, "prompt.changed", tenant=tenant, target=template.name, edition=number)
    return edition


def use(edition: PromptEdition | None, template: Template, *, tenant: Tenant, by: User) -> bool:
    """Use an earlier edition again, or our own words for None; False when they are in use already.

    Raises BadTemplate for an edition that today's template cannot fill in.
    """
    if edition:
        template.check(edition.system, edition.text)
    with transaction.atomic():
        rows = _held(tenant, template)
        active = rows.filter(is_active=True).first()
        if (active.pk if active else None) == (edition.pk if edition else None):
            return False
        rows.filter(is_active=True).update(is_active=False)
        if edition:
            rows.filter(pk=edition.pk).update(is_active=True)
        number = edition.number if edition else "ours"
        audit.record(by, "prompt.changed", tenant=tenant, target=template.name, edition=number)
    return True


def _held(tenant: Tenant, template: Template) -> QuerySet[PromptEdition]:
    """The editions of a template, held until the transaction ends: two people at once get two numbers, one in use."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    return PromptEdition.objects.for_tenant(tenant).filter(name=template.name)


def difference(before: str, after: str) -> list[dict[str, Any]]:
    """Two texts as pieces {kind: same | gone | new, text}, word by word, in reading order.

    Without what is new they make the first text, without what is gone the second. Very long or repetitive texts are
    compared by lines, else as a whole.
    """
    for split in (_words, _lines, _whole):
        old, new = split(before), split(after)
        there = Counter(word for word, _tail in new)
        if split is _whole or sum(there[word] for word, _tail in old) <= MOST_PAIRS:
            break
    return _joined(_pieces(old, new))


def _words(text: str) -> list[tuple[str, str]]:
    """Each word with what stands behind it: its full stop and white space do not make it another word."""
    found = []
    for part in re.findall(r"\S+\s*|\s+", text):
        core = part.rstrip()
        word = core.rstrip(PUNCTUATION) or core or part
        found.append((word, part[len(word) :]))
    return found


def _lines(text: str) -> list[tuple[str, str]]:
    return [(line, "") for line in text.splitlines(keepends=True)]


def _whole(text: str) -> list[tuple[str, str]]:
    return [(text, "")]


def _pieces(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    words, others = [word for word, _tail in old], [word for word, _tail in new]
    for kind, a, b, c, d in difflib.SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        if kind != "equal":
            yield "gone", "".join(map("".join, old[a:b]))
            yield "new", "".join(map("".join, new[c:d]))
            continue
        for (word, tail), (_word, other) in zip(old[a:b], new[c:d], strict=True):
            yield "same", word + (tail if tail == other else "")
            if tail != other:
                yield "gone", tail
                yield "new", other


def _joined(pieces: Iterator[tuple[str, str]]) -> list[dict[str, Any]]:
    """Neighbours of one kind as one piece, empty ones left out."""
    found: list[dict[str, Any]] = []
    for kind, text in pieces:
        if text and found and found[-1]["kind"] == kind:
            found[-1]["text"] += text
        elif text:
            found.append({"kind": kind, "text": text})
    return found
