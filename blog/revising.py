"""Another text for a post: the one it had is kept, and can be brought back."""

from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from ai.models import Call
from blog import prompts
from blog.drafting import draft
from blog.grounding import told
from blog.models import CHECKED, Post, Revision
from blog.rendering import to_html
from integrations.errors import BadOutput


class CannotTake(Exception):
    """The post keeps the text it has; the sentence says why and what to do."""


def take(post: Post, call: Call, by: User) -> Revision:
    """Put the answer of a call into a post; returns the text that it had, which is kept.

    Address and state of the post stay. Raises CannotTake: for an answer that is no text for this post, and on a
    published post for one that contradicts its source where the text on the site does not.
    """
    if call.state != Call.State.ANSWERED or call.rejected or call.prompt_name != prompts.POST.name:
        raise CannotTake(f"Call #{call.pk} has no answer that a post could be made of.")
    if call.tenant_id != post.tenant_id or (call.record.get("ref") or "") != post.film:
        raise CannotTake(f"Call #{call.pk} is about something else than this post.")
    try:
        text = draft(call.raw_answer, fallback_title=post.title)
    except BadOutput as error:
        raise CannotTake(f"Call #{call.pk} cannot be used: {error}") from None
    texts = {name: getattr(text, name) for name in CHECKED}
    why = f"The text of call #{call.pk} ({call.model_answered}) was taken"
    return _replace(post, texts, call, by, "post.text_taken", why)


def bring_back(revision: Revision, by: User) -> Revision:
    """Give a post the text again that it had; returns the one that it has now, which is kept. Raises CannotTake."""
    texts = {name: getattr(revision, name) for name in CHECKED}
    call = revision.call
    which = f"of call #{call.pk} ({call.model_answered})" if call else f"of before {revision.created_at:%-d %b %Y}"
    why = f"The text {which} was brought back"
    return _replace(revision.post, texts, call, by, "post.text_brought_back", why)


def _replace(post: Post, texts: dict[str, str], call: Call | None, by: User, action: str, why: str) -> Revision:
    with transaction.atomic():
        now = Post.objects.select_for_update().get(pk=post.pk)
        before = {name: getattr(now, name) for name in CHECKED}
        if before == texts and now.call_id == (call.pk if call else None):
            raise CannotTake("The post has this text already.")
        known = _keys(now.contradictions)
        kept = Revision.objects.create(post=now, call=now.call, author=by, why=why[:200], **before)
        for name, value in texts.items():
            setattr(now, name, value)
        now.call, now.html = call, to_html(now.body)
        now.check_facts()
        fresh = [claim for claim in now.contradictions if _key(claim) not in known]
        if fresh and now.state == Post.State.PUBLISHED:
            raise CannotTake(
                f"The post is on the site and stays as it is, for this text contradicts the source: {told(fresh)}. "
                "Unpublish the post first, then take the text and correct it."
            )
        now.save(update_fields=[*CHECKED, "call", "html", "grounding", "updated_at"])
        number = call.pk if call else None
        audit.record(by, action, tenant=now.tenant, target=now, post=now.pk, call=number, kept=kept.pk)
    post.refresh_from_db()
    return kept


def _key(claim: dict[str, Any]) -> tuple[str, str, str]:
    return claim["kind"], claim["text"], claim["says"]


def _keys(claims: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {_key(claim) for claim in claims}
