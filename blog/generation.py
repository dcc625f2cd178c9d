"""Writing the posts of a batch: each post is a saved step, so that a retry or resume redoes nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ai.calling import Writer
from ai.languages import Language
from ai.lots import PatientWriter
from ai.models import Call
from ai.prompting import Prompt
from blog import prompts
from blog.drafting import Draft, draft
from blog.grounding import publish_if_supported, told
from blog.models import Batch, Pick, Post
from blog.pacing import respect_daily_cap
from blog.rendering import to_html
from config.faultpoints import faultpoint
from integrations.catalogs.base import Catalog, Filters
from integrations.errors import BadOutput, ContextTooLong, Refused
from jobs.running import Run

# These are about one post. Every other permanent error is about key, money, model or address: the batch waits for a
# person instead of failing one post after another.
OF_ONE_POST = (Refused, ContextTooLong, BadOutput)


def write_posts(batch: Batch, *, writer: Writer, catalog: Catalog, run: Run) -> dict[str, Any]:
    """Write the posts that the batch still lacks and return what it made; see Batch.tally for the shape.

    A refusal or an unusable answer is recorded on its pick and the batch goes on; any other permanent error ends
    it. Raises what `run.checkpoint` raises.
    """
    run.partial_result = batch.tally() | {"skipped": 0}
    run.checkpoint("choose", percent(batch), f"Looking for {batch.count} titles in {catalog.label}")
    for pick in picks_in_hand(batch, catalog, writer, run):
        done = batch.picks.exclude(state=Pick.State.PICKED).count()
        respect_daily_cap(batch)
        run.checkpoint("write", percent(batch), f"Writing post {done + 1} of {batch.count}: {pick.name}")
        try:
            write_post(batch, pick, writer, run)
        except OF_ONE_POST as error:
            with run.owned():
                Pick.objects.filter(pk=pick.pk).update(state=Pick.State.FAILED, reason=str(error)[:500])
            run.log(f"Left out {pick.name}: {error}", "error")
        run.partial_result |= batch.tally()
    return _conclude(batch, run)


def picks_in_hand(batch: Batch, catalog: Catalog, writer: Writer, run: Run) -> Iterable[Pick]:
    """The picks to write; in the cheaper lane all at once, when their answers are there. Raises Wait until then."""
    picks = picks_to_write(batch, catalog, run)
    if not isinstance(writer, PatientWriter):
        return picks
    chosen = list(picks)
    run.checkpoint("hand in", percent(batch), f"{len(chosen)} posts in the cheaper lane, answered within a day")
    writer.hand_in({pick.ref: prompt_for(batch, pick) for pick in chosen})
    return chosen


def percent(batch: Batch) -> int:
    """How much of the batch is done, 0 to 99."""
    return min(99, 100 * batch.picks.exclude(state=Pick.State.PICKED).count() // batch.count)


def picks_to_write(batch: Batch, catalog: Catalog, run: Run) -> Iterator[Pick]:
    """What an earlier run left undone, then new picks until the batch has `count`; taken films are passed over."""
    yield from list(batch.picks.filter(state=Pick.State.PICKED))
    missing = batch.count - batch.picks.count()
    if missing <= 0:
        return
    filters = Filters(batch.min_rating, batch.year_from, batch.year_to, batch.include_adult)
    taken = set(Pick.objects.filter(tenant=batch.tenant).exclude(state=Pick.State.FAILED).values_list("ref", flat=True))
    if batch.mode == Batch.Mode.CONTINUOUS:  # what failed in this run is not paid for again in each of its batches
        failed = Pick.objects.filter(tenant=batch.tenant, batch__mode=batch.mode, state=Pick.State.FAILED)
        taken |= set(failed.values_list("ref", flat=True))
    own = set(batch.picks.values_list("ref", flat=True))
    taken |= set(Post.objects.for_tenant(batch.tenant).values_list("film", flat=True))
    assert run.partial_result is not None
    today = timezone.localtime(batch.created_at).date()
    for title in catalog.titles(batch.source, batch.media_type, filters, today):
        if title.ref in own:
            continue
        whole = None if title.ref in taken else catalog.complete(title)
        pick = None
        if whole and filters.accept(whole):
            pick = _reserve(batch, whole.ref, whole.name, whole.facts(), run)
        if pick is None:
            run.partial_result["skipped"] += 1
            continue
        missing -= 1
        yield pick
        if missing == 0:
            break  # before the next title is fetched: that could be a page nobody needs


def _reserve(batch: Batch, ref: str, name: str, facts: dict[str, Any], run: Run) -> Pick | None:
    """Reserve a film for the batch; None when another batch was faster."""
    with run.owned(saves_step=False):
        try:
            with transaction.atomic():
                return Pick.objects.create(batch=batch, tenant=batch.tenant, ref=ref, name=name, snapshot=facts)
        except IntegrityError:
            if Pick.objects.filter(tenant=batch.tenant, ref=ref).exclude(state=Pick.State.FAILED).exists():
                return None
            raise


def prompt_for(batch: Batch, pick: Pick) -> Prompt:
    """The prompt for one post of a batch, in the words that were in use when the batch was accepted."""
    return prompts.post(
        pick.snapshot,
        language=batch.language,
        language_name=Language(batch.language).label,
        length=batch.length,
        tone=batch.tone,
        words=batch.prompt_edition,
    )


def write_post(batch: Batch, pick: Pick, writer: Writer, run: Run) -> Post:
    """Ask for one post and save it. Raises the errors of integrations/errors.py."""
    call, text = writer.write(
        prompt_for(batch, pick), pick.ref, lambda call: draft(call.raw_answer, fallback_title=pick.name)
    )
    with run.owned():
        post, held = _save(batch, pick, text, call)
        Pick.objects.filter(pk=pick.pk).update(state=Pick.State.WRITTEN, post=post)
    faultpoint("post.saved")
    run.log(f"Wrote “{post.title}”")
    if held:
        run.log(f"“{post.title}” is kept as a draft: {told(held)}", "warning")
    return post


def _save(batch: Batch, pick: Pick, text: Draft, call: Call) -> tuple[Post, list[dict[str, Any]]]:
    """Save a post with its facts checked; returns it with what kept it from being published, if that was ordered."""
    post = Post(
        tenant=batch.tenant,
        batch=batch,
        film=pick.ref,
        title=text.title,
        excerpt=text.excerpt,
        body=text.body,
        html=to_html(text.body),
        seo_title=text.seo_title,
        seo_description=text.seo_description,
        snapshot=pick.snapshot,
        call=call,
        author=batch.user,
        language=batch.language,
    )
    post.choose_slug()
    post.check_facts()
    held = publish_if_supported(post) if batch.publish else []
    post.save()
    return post, held


def _conclude(batch: Batch, run: Run) -> dict[str, Any]:
    result = run.partial_result = (run.partial_result or {}) | batch.tally()
    made, failed = len(result["postIds"]), len(result["failed"])
    message = f"{made} posts written" if made != 1 else "1 post written"
    if failed:
        message += f", {failed} failed"
    if made + failed < batch.count:
        message += f": the catalog has no more titles that pass (asked for {batch.count})"
        with run.owned():
            Batch.objects.filter(pk=batch.pk).update(
                note=f"Only {made + failed} of {batch.count}: no other title passes the filters without having a post."
            )
    run.checkpoint("done", 100, message)
    return result
