"""A workspace's own words for our prompts: editions are added, one is in use, and every call says which it used."""

import difflib
import re
from collections import Counter
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

    Very long or repetitive texts are compared by lines, else as a whole.
    """
    splits = (re.compile(r"\s*\S+\s*|\s+"), re.compile(r"[^\n]*\n|[^\n]+"))
    for split in splits:
        old, new = split.findall(before), split.findall(after)
        there = Counter(new)
        if sum(there[part] for part in old) <= MOST_PAIRS:
            return _pieces(old, new)
    return _pieces([before], [after])


def _pieces(old: list[str], new: list[str]) -> list[dict[str, Any]]:
    pieces: list[dict[str, Any]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append({"kind": "same", "text": "".join(old[a:b])})
            continue
        if b > a:
            pieces.append({"kind": "gone", "text": "".join(old[a:b])})
        if d > c:
            pieces.append({"kind": "new", "text": "".join(new[c:d])})
    return pieces
