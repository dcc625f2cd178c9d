"""Writing one text for several accounts: each gets its own variant, looked at as its platform would, and a publication.

What is looked at while somebody writes, and what is checked before it is stored, is the same code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from pydantic import ValidationError
from ulid import ULID

from accounts.models import Tenant
from integrations.errors import OutsideError
from integrations.platforms.base import Counter, Draft, Platform
from publishing import ordering, repeating, tagging
from publishing.drafts import BadContent, files_of, parts_of
from publishing.models import Account, Publication
from publishing.opening import open_platform, platform_class
from publishing.orders import ContentIn, PublicationOrder

PLAN = "compose-"


class BadComposition(ValueError):
    """What cannot be taken, and nothing was stored: {account: what is wrong there}."""

    def __init__(self, problems: dict[Account, str]) -> None:
        super().__init__("; ".join(f"{account}: {words}" for account, words in problems.items()))
        self.problems = problems


@dataclass
class Composition:
    """What somebody writes. variants are by account id; an empty one is the common text."""

    accounts: list[Account]
    text: str = ""
    variants: dict[int, str] = field(default_factory=dict)
    thread: list[str] = field(default_factory=list)
    title: str = ""
    html: str = ""
    canonical_url: str = ""
    media_ids: list[int] = field(default_factory=list)
    alts: dict[str, str] = field(default_factory=dict)
    made_with_ai: bool = False
    tags_links: bool = False
    campaign: str = ""

    def content_for(self, account: Account) -> ContentIn:
        """What one account gets. Raises ValidationError where that is nothing."""
        kind = platform_class(account.platform)
        text = self.variants.get(account.pk, "").strip() or self.text
        thread = self.thread if kind.can_reply else []
        if self.tags_links:
            source = kind.name
            text, *thread = (tagging.tagged(one, source=source, campaign=self.campaign) for one in (text, *thread))
        values: dict[str, Any] = {
            "text": text, "thread": thread, "media_ids": self.media_ids, "alts": self.alts,
            "canonical_url": self.canonical_url, "made_with_ai": self.made_with_ai,
        }  # fmt: skip
        if kind.takes_articles or account.platform == "offline":
            values |= {"title": self.title, "html": self.html}
        return ContentIn.model_validate(values)


@dataclass
class Part:
    """One post of a variant, as it will be."""

    draft: Draft
    counters: list[Counter]


@dataclass
class Looked:
    """How one variant stands: what it becomes, what is wrong with it, and what it costs there."""

    account: Account
    label: str
    files: list[dict[str, Any]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cost: Decimal = Decimal(0)


def look(composition: Composition) -> list[Looked]:
    """Look at every variant as its platform would; stores nothing and asks nobody."""
    return [_look(composition, account) for account in composition.accounts]


def _look(composition: Composition, account: Account) -> Looked:
    kind = platform_class(account.platform)
    found = Looked(account, kind.label)
    if composition.thread and not kind.can_reply:
        found.notes.append(f"On {kind.label} nothing can follow a post from here: the first part goes out alone.")
    if composition.made_with_ai and not kind.marks_ai:
        found.notes.append(f"{kind.label} has no mark for what was made with AI.")
    try:
        row = Publication(tenant=account.tenant, account=account)
        row.set_content(composition.content_for(account).snapshot())
        files, alts = files_of(account.tenant, row.content.get("mediaIds", [])), row.content.get("alts", {})
        platform, drafts = open_platform(account), parts_of(row)
    except ValidationError as error:
        found.problems = [_words(error)]
        return found
    except (BadContent, OutsideError) as error:
        found.problems = [str(error)]
        return found
    found.files = [{"row": one, "alt": alts.get(str(one.pk), one.alt_text)} for one in files]
    if any(not medium.alt for medium in drafts[0].media):
        found.notes.append("It is held back until each file says what it shows (alt text).")
    found.parts = [Part(one, platform.counters(one)) for one in drafts]
    found.problems = list(ordering.problems_of(row).values())
    found.cost = cost_of(platform, drafts)
    return found


def cost_of(platform: Platform, drafts: Sequence[Draft]) -> Decimal:
    """What the platform charges for all parts together, in US dollars."""
    return sum((platform.cost(one) for one in drafts), Decimal(0))


def _words(error: ValidationError) -> str:
    """What is wrong, in the words of our own checks."""
    return "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())[:500].capitalize() + "."


def new_key() -> str:
    """What one composition is known by, so that a form that is sent twice is stored once."""
    return str(ULID()).lower()


def compose(
    composition: Composition,
    *,
    tenant: Tenant,
    user: Any,
    key: str,
    when: str = "draft",
    moment: datetime | None = None,
    approval_message: str = "",
    approval_due_at: datetime | None = None,
) -> list[Publication]:
    """A publication on each account, all or none. when is draft, now, slot or at. Raises BadComposition.

    The same key once more gives what was made of it.
    """
    plan = f"{PLAN}{key}"[:100]
    if found := list(Publication.objects.for_tenant(tenant).filter(schedule=plan, user=user)):
        return found
    made, problems = [], {}
    with transaction.atomic():
        for account in composition.accounts:
            try:
                order = PublicationOrder(
                    **composition.content_for(account).model_dump(),
                    account_id=account.pk,
                    scheduled_at=_moment(account, when, moment),
                    draft=when == "draft",
                    approval_message=approval_message,
                    approval_due_at=approval_due_at,
                )
                row, _job = ordering.publish(order, tenant=tenant, user=user, schedule=plan)
                made.append(row)
            except ValidationError as error:
                problems[account] = _words(error)
            except ordering.BadOrder as error:
                problems[account] = str(error)
        if problems:
            raise BadComposition(problems)
    return made


def _moment(account: Account, when: str, moment: datetime | None) -> datetime | None:
    if when != "slot":
        return moment if when == "at" else None
    found = repeating.next_free(account)
    if found is None:
        raise ordering.BadOrder({"when": "This account has no free slot. Give it slots on its page, or choose a time."})
    return found
