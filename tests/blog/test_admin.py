"""The pages for people: ordering, watching, stopping and editing, with the roles that may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, Tenant, User
from ai.models import ListedModel, Preference
from blog.models import Batch, Pick, Post
from jobs import ending
from jobs.models import Job, JobEvent
from jobs.running import work

ADD = "/admin/blog/batch/add/"
Order = Callable[..., tuple[Batch, Job]]
LogIn = Callable[[User], Client]


def form(client: Client, **changes: Any) -> dict[str, Any]:
    """The fields as the add page shows them, with changes."""
    fields = client.get(ADD).context["adminform"].form
    values = {field.name: field.value() for field in fields if field.value() not in (None, False)}
    return {**values, **changes}


def page(batch: Batch, name: str = "change") -> str:
    return reverse(f"admin:blog_batch_{name}", args=[batch.pk])


def errors(response: Any) -> dict[str, list[str]]:
    return response.context["adminform"].form.errors


# -- the order form -------------------------------------------------------------------------------


def test_start_makes_one_batch_with_its_job(client_for: LogIn, editor: User) -> None:
    client = client_for(editor)
    response = client.post(ADD, form(client, count=7, source="top_rated"))
    batch = Batch.objects.get()
    assert response.headers["Location"] == page(batch)
    assert (batch.count, batch.source, batch.user, batch.model_id) == (7, "top_rated", editor, "offline")
    assert batch.job is not None
    assert batch.job.state == "waiting"


def test_the_same_click_twice_makes_one_batch(client_for: LogIn, editor: User) -> None:
    client = client_for(editor)
    values = form(client)
    first, second = client.post(ADD, values), client.post(ADD, values)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Batch.objects.count(), Job.objects.count()) == (1, 1)


def test_the_same_form_with_other_choices_asks_first(client_for: LogIn, editor: User) -> None:
    client = client_for(editor)
    values = form(client)
    client.post(ADD, values)
    response = client.post(ADD, {**values, "count": 9})
    assert Batch.objects.count() == 1
    assert "sent before with other choices" in str(errors(response))
    again = response.context["adminform"].form["once"].value()
    assert again != values["once"]
    client.post(ADD, {**values, "count": 9, "once": again})
    assert Batch.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("count", {"count": 0}),
        ("count", {"count": 51}),
        ("count", {"count": "many"}),
        ("year_to", {"year_from": 2001, "year_to": 1999}),
        ("min_rating", {"min_rating": 11}),
        ("source", {"source": "nowhere"}),
        ("model", {"model": "gpt-0"}),
        ("year_to", {"year_to": 99999}),
        ("__all__", {"once": ""}),
    ],
)
def test_bad_input_is_said_beside_the_field_and_nothing_is_saved(
    client_for: LogIn, editor: User, field: str, changes: dict[str, Any]
) -> None:
    client = client_for(editor)
    response = client.post(ADD, form(client, **changes))
    assert list(errors(response)) == [field]
    assert (Batch.objects.count(), Job.objects.count()) == (0, 0)


def test_a_preferred_model_that_is_gone_is_not_swapped(client_for: LogIn, editor: User) -> None:
    ListedModel.objects.create(provider="openai", model_id="retired-1", label="Old", status="retired")
    Preference.objects.create(user=editor, model_id="retired-1")
    client = client_for(editor)
    response = client.get(ADD)
    assert response.context["adminform"].form["model"].value() == ""
    assert "retired-1" in response.content.decode()
    response = client.post(ADD, form(client))
    assert list(errors(response)) == ["model"]


def test_every_opened_form_has_its_own_key(client_for: LogIn, editor: User) -> None:
    client = client_for(editor)
    assert form(client)["once"] != form(client)["once"]


# -- roles and workspaces -------------------------------------------------------------------------


def test_a_viewer_reads_and_starts_nothing(client_for: LogIn, viewer: User, order: Order) -> None:
    batch, _job = order()
    client = client_for(viewer)
    listing = client.get("/admin/blog/batch/")
    assert listing.status_code == 200
    assert b"Generate blog posts" not in listing.content
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"count": 5}).status_code == 403
    shown = client.get(page(batch))
    assert shown.status_code == 200
    assert shown.context["live"]["canStop"] is False
    assert client.post(page(batch, "stop")).status_code == 403
    assert Batch.objects.get().stop_requested_at is None


def test_an_editor_stops_their_own_batch_only(
    client_for: LogIn, editor: User, owner: User, tenant: Tenant, order: Order
) -> None:
    batch, _job = order()
    colleague = User.objects.create_user("carl", "carl@example.com", "pw", is_staff=True)
    Membership.objects.create(tenant=tenant, user=colleague, role=Role.EDITOR)
    assert client_for(colleague).post(page(batch, "stop")).status_code == 403
    assert Batch.objects.get().stop_requested_at is None
    assert client_for(owner).post(page(batch, "stop")).status_code == 302
    assert Batch.objects.get().state == "cancelled"


@pytest.mark.parametrize("name", ["change", "progress", "stop", "resume"])
def test_another_workspace_sees_nothing(client_for: LogIn, stranger: User, order: Order, name: str) -> None:
    batch, _job = order()
    client = client_for(stranger)
    send = client.post if name in ("stop", "resume") else client.get
    assert send(page(batch, name)).status_code == 404
    assert str(batch) not in client.get("/admin/blog/batch/").content.decode()
    assert Batch.objects.get().stop_requested_at is None


def test_a_superuser_acts_in_the_workspace_they_chose(
    client_for: LogIn, tenant: Tenant, other_tenant: Tenant, db: None
) -> None:
    root = User.objects.create_superuser("root", "root@example.com", "pw")
    client = client_for(root)
    client.post("/accounts/switch/", {"tenant": other_tenant.pk})
    client.post(ADD, form(client))
    assert Batch.objects.get().tenant == other_tenant


@pytest.mark.parametrize("name", ["stop", "resume"])
def test_the_buttons_are_never_links(client_for: LogIn, editor: User, order: Order, name: str) -> None:
    batch, _job = order()
    assert client_for(editor).get(page(batch, name)).status_code == 405


def test_the_buttons_want_the_csrf_token(editor: User, order: Order) -> None:
    batch, _job = order()
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(page(batch, "stop")).status_code == 403
    assert Batch.objects.get().stop_requested_at is None


# -- the batch page -------------------------------------------------------------------------------


def test_progress_tells_what_was_written(client_for: LogIn, editor: User, write: Order) -> None:
    batch, _job = write(count=3, publish=True)
    data = client_for(editor).get(page(batch, "progress")).json()
    assert (data["state"], data["percentage"], data["ended"]) == ("completed", 100, True)
    assert (data["canStop"], data["canResume"]) == (False, False)
    posts = list(Post.objects.order_by("pk"))
    assert [post["title"] for post in data["posts"]] == [post.title for post in posts]
    assert data["posts"][0]["url"] == posts[0].get_absolute_url()
    assert data["posts"][0]["adminUrl"] == f"/admin/blog/post/{posts[0].pk}/change/"
    assert [line["message"] for line in data["log"]][-1] == "Completed"
    assert data["counts"] == "3 of 3 posts written"


def test_progress_sends_only_what_the_page_has_not_got(client_for: LogIn, editor: User, write: Order) -> None:
    batch, _job = write(count=3)
    client = client_for(editor)
    data = client.get(page(batch, "progress")).json()
    rest = client.get(page(batch, "progress"), {"after": data["log"][-2]["id"], "seen": data["posts"][1]["id"]}).json()
    assert [line["message"] for line in rest["log"]] == ["Completed"]
    assert [post["id"] for post in rest["posts"]] == [data["posts"][2]["id"]]
    assert client.get(page(batch, "progress"), {"after": "x", "seen": "9" * 40}).status_code == 200


def test_a_draft_has_no_public_address(client_for: LogIn, editor: User, write: Order) -> None:
    batch, _job = write(count=1)
    data = client_for(editor).get(page(batch, "progress")).json()
    assert data["posts"][0]["url"] == ""


def test_why_it_waits_is_shown(client_for: LogIn, editor: User, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, _job = order()
    monkeypatch.setattr("jobs.health.waiting_for", lambda job: "No worker is running. Start one.")
    client = client_for(editor)
    assert client.get(page(batch, "progress")).json()["waitingFor"] == "No worker is running. Start one."
    assert "No worker is running. Start one." in client.get(page(batch)).content.decode()


def test_a_failed_pick_is_named_with_its_reason(client_for: LogIn, editor: User, write: Order) -> None:
    batch, _job = write(count=2)
    Pick.objects.filter(batch=batch).first().delete()  # type: ignore[union-attr]
    Pick.objects.create(
        batch=batch,
        tenant=batch.tenant,
        ref="movie:x",
        name="<b>Bold</b>",
        snapshot={},
        state="failed",
        reason="refused",
    )
    client = client_for(editor)
    assert client.get(page(batch, "progress")).json()["failed"] == [{"name": "<b>Bold</b>", "reason": "refused"}]
    assert "&lt;b&gt;Bold&lt;/b&gt;" in client.get(page(batch)).content.decode()


def test_the_page_works_when_the_job_is_gone(client_for: LogIn, editor: User, write: Order) -> None:
    batch, job = write(count=2)
    JobEvent.objects.filter(job=job).delete()
    job.delete()
    client = client_for(editor)
    data = client.get(page(batch, "progress")).json()
    assert (data["state"], data["percentage"], len(data["posts"]), data["log"]) == ("completed", 100, 2, [])
    assert client.get(page(batch)).status_code == 200


def test_stop_then_resume_goes_on(client_for: LogIn, editor: User, order: Order) -> None:
    batch, _job = order(count=2)
    client = client_for(editor)
    client.post(page(batch, "stop"))
    data = client.get(page(batch, "progress")).json()
    assert (data["state"], data["canResume"], data["resumeLabel"]) == ("cancelled", True, "Resume")
    client.post(page(batch, "resume"))
    assert batch.jobs.count() == 2
    work(batch.job.pk, worker="test")
    assert Post.objects.count() == 2


def test_a_failed_batch_offers_retry_with_the_reason(client_for: LogIn, editor: User, order: Order) -> None:
    batch, job = order()
    ending.fail(job, "BadOutput", "the model said nothing")
    data = client_for(editor).get(page(batch, "progress")).json()
    assert (data["canResume"], data["resumeLabel"], data["problem"]) == (True, "Retry", "The model said nothing")


def test_resuming_what_is_done_says_why_not(client_for: LogIn, editor: User, write: Order) -> None:
    batch, _job = write(count=1)
    response = client_for(editor).post(page(batch, "resume"), follow=True)
    assert "only a failed or cancelled job can be retried" in response.content.decode()
    assert batch.jobs.count() == 1


def test_the_catalog_says_how_it_reads_the_source(client_for: LogIn, editor: User, order: Order) -> None:
    batch, _job = order(source="now_playing")
    assert "has no cinema listings" in client_for(editor).get(page(batch)).content.decode()


def test_a_continuous_run_links_its_batches(client_for: LogIn, editor: User, write: Order) -> None:
    batch, _job = write(count=1, mode="continuous")
    following = Batch.objects.get(previous=batch)
    client = client_for(editor)
    assert client.get(page(batch, "progress")).json()["next"] == page(following)
    assert page(batch) in client.get(page(following)).content.decode()


def test_an_empty_list_says_what_to_do(client_for: LogIn, editor: User) -> None:
    text = client_for(editor).get("/admin/blog/batch/").content.decode()
    assert "No batch yet" in text
    assert 'href="/admin/blog/batch/add/' in text


def test_the_list_counts_posts_and_finds_films(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=3)
    name = Pick.objects.first().name  # type: ignore[union-attr]
    client = client_for(editor)
    assert "3 of 3" in client.get("/admin/blog/batch/").content.decode()
    assert client.get("/admin/blog/batch/", {"q": name}).context["cl"].result_count == 1
    assert client.get("/admin/blog/batch/", {"q": "no such film"}).context["cl"].result_count == 0


# -- posts ----------------------------------------------------------------------------------------


def fields(post: Post, **changes: Any) -> dict[str, Any]:
    names = ("title", "slug", "excerpt", "body", "seo_title", "seo_description", "language")
    return {**{name: getattr(post, name) for name in names}, **changes}


def test_saving_renders_again_and_cleans(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=1)
    post = Post.objects.get()
    body = "Hello **there**\n\n<script>alert(1)</script>"
    client_for(editor).post(f"/admin/blog/post/{post.pk}/change/", fields(post, body=body))
    post.refresh_from_db()
    assert "<strong>there</strong>" in post.html
    assert "<script" not in post.html


def test_an_address_that_is_taken_is_said_beside_it(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=2)
    first, second = Post.objects.order_by("pk")
    response = client_for(editor).post(f"/admin/blog/post/{second.pk}/change/", fields(second, slug=first.slug))
    assert list(errors(response)) == ["slug"]
    assert first.title in str(errors(response))


def test_a_post_written_by_hand_gets_author_and_address(client_for: LogIn, editor: User, tenant: Tenant) -> None:
    client = client_for(editor)
    for _time in range(2):
        client.post("/admin/blog/post/add/", {"title": "By hand", "body": "Some words.", "language": "en"})
    assert [(p.slug, p.author, p.tenant) for p in Post.objects.order_by("pk")] == [
        ("by-hand", editor, tenant),
        ("by-hand-2", editor, tenant),
    ]


def test_publish_and_unpublish_are_buttons(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=1)
    post = Post.objects.get()
    client = client_for(editor)
    assert client.get(f"/admin/blog/post/{post.pk}/publish/").status_code == 405
    client.post(f"/admin/blog/post/{post.pk}/publish/")
    assert Post.objects.get().published_at is not None
    client.post(f"/admin/blog/post/{post.pk}/unpublish/")
    assert Post.objects.get().state == "draft"


def test_many_are_published_at_once(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=3)
    ids = list(Post.objects.values_list("pk", flat=True))
    client = client_for(editor)
    client.post("/admin/blog/post/", {"action": "publish_selected", "_selected_action": ids})
    assert Post.objects.published().count() == 3
    client.post("/admin/blog/post/", {"action": "unpublish_selected", "_selected_action": ids[:1]})
    assert Post.objects.published().count() == 2


def test_a_viewer_changes_no_post(client_for: LogIn, viewer: User, write: Order) -> None:
    write(count=1)
    post = Post.objects.get()
    client = client_for(viewer)
    shown = client.get(f"/admin/blog/post/{post.pk}/change/")
    assert shown.status_code == 200
    assert b"/publish/" not in shown.content
    assert client.post(f"/admin/blog/post/{post.pk}/publish/").status_code == 403
    assert client.post(f"/admin/blog/post/{post.pk}/change/", fields(post, title="Mine")).status_code == 403
    assert client.post(f"/admin/blog/post/{post.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/blog/post/", {"action": "publish_selected", "_selected_action": [post.pk]})
    assert (Post.objects.get().title, Post.objects.get().state) == (post.title, "draft")


def test_an_editor_deletes_after_being_asked(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=1)
    post = Post.objects.get()
    client = client_for(editor)
    assert "Are you sure" in client.get(f"/admin/blog/post/{post.pk}/delete/").content.decode()
    client.post(f"/admin/blog/post/{post.pk}/delete/", {"post": "yes"})
    assert not Post.objects.exists()


def test_posts_of_other_workspaces_do_not_exist(client_for: LogIn, stranger: User, write: Order) -> None:
    write(count=1)
    post = Post.objects.get()
    client = client_for(stranger)
    client.post(f"/admin/blog/post/{post.pk}/publish/")
    client.post(f"/admin/blog/post/{post.pk}/change/", fields(post, title="Mine"))
    client.post("/admin/blog/post/", {"action": "publish_selected", "_selected_action": [post.pk]})
    assert post.title not in client.get("/admin/blog/post/").content.decode()
    assert (Post.objects.get().title, Post.objects.get().state) == (post.title, "draft")


def test_the_preview_is_clean(client_for: LogIn, editor: User) -> None:
    client = client_for(editor)
    sent = {"title": "<i>T</i>", "body": "**bold** <img src=x onerror=alert(1)> [x](javascript:alert(1))"}
    text = client.post("/admin/blog/post/preview/", sent).content.decode()
    assert "<strong>bold</strong>" in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert "&lt;i&gt;T&lt;/i&gt;" in text
    assert client.get("/admin/blog/post/preview/").status_code == 405
    assert client.post("/admin/blog/post/preview/", {"body": "x" * 500_001}).status_code == 413


def test_the_editor_shows_source_and_call(client_for: LogIn, editor: User, write: Order) -> None:
    write(count=1)
    post = Post.objects.get()
    text = client_for(editor).get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    assert post.snapshot["name"] in text
    assert reverse("admin:ai_call_change", args=[post.call_id]) in text
    assert page(post.batch) in text
    assert 'sandbox data-preview-frame srcdoc="&lt;!DOCTYPE' in text
