"""The public blog: what readers and search engines get, and what they never get."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Tenant
from blog.models import Post
from blog.rendering import to_html


@pytest.fixture
def post(tenant: Tenant) -> Callable[..., Post]:
    def make(title: str = "A film", **values: Any) -> Post:
        made = Post(tenant=tenant, title=title, body="Some **words**.", excerpt="In short.", **values)
        made.html = to_html(made.body)
        made.choose_slug()
        if values.get("state", "published") == "published":
            made.publish()
        made.save()
        return made

    return make


def test_the_list_is_newest_first_and_shows_no_drafts(client: Client, post: Callable[..., Post]) -> None:
    post("Older", published_at=datetime(2026, 1, 1, tzinfo=UTC))
    post("Newer", published_at=datetime(2026, 2, 1, tzinfo=UTC))
    post("Secret", state="draft")
    text = client.get("/blog/").content.decode()
    assert text.index("Newer") < text.index("Older")
    assert "In short." in text
    assert "1 February 2026" in text
    assert "Secret" not in text


def test_twenty_a_page(client: Client, post: Callable[..., Post]) -> None:
    for number in range(21):
        post(f"Film {number}")
    first, second = client.get("/blog/").content.decode(), client.get("/blog/?page=2").content.decode()
    assert first.count("<article") == 20
    assert second.count("<article") == 1
    assert 'rel="next" href="?page=2"' in first
    assert client.get("/blog/?page=3").status_code == 404


def test_a_page_of_the_list_asks_the_database_little(
    client: Client, post: Callable[..., Post], django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        post(f"Film {number}")
    with django_assert_max_num_queries(5):
        client.get("/blog/")


def test_an_empty_blog_says_so(client: Client, tenant: Tenant) -> None:
    assert "No posts yet" in client.get("/blog/").content.decode()


def test_the_article(client: Client, post: Callable[..., Post]) -> None:
    made = post("Die Brücke", language="de", seo_description="Kurz & gut", snapshot={"source": "Wikidata, CC0 1.0"})
    response = client.get(made.get_absolute_url())
    text = response.content.decode()
    assert '<html lang="de">' in text
    assert "<strong>words</strong>" in text
    assert '<meta name="description" content="Kurz &amp; gut">' in text
    assert f'rel="canonical" href="http://127.0.0.1:8000/blog/{made.slug}/"' in text
    assert 'property="article:published_time"' in text
    assert "Facts: Wikidata, CC0 1.0." in text
    assert "<script" not in text
    assert "script-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/blog/unknown/", "/blog/t/nowhere/", "/blog/t/studio/unknown/"])
def test_what_is_not_there_is_404_with_a_way_on(client: Client, tenant: Tenant, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert 'href="/blog/"' in response.content.decode()


def test_a_draft_is_404_even_for_its_author(
    client_for: Callable[..., Client], editor: Any, post: Callable[..., Post]
) -> None:
    draft = post("Secret", state="draft", author=editor)
    assert client_for(editor).get(f"/blog/{draft.slug}/").status_code == 404


def test_days_are_those_of_the_workspace(client: Client, tenant: Tenant, post: Callable[..., Post]) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Pacific/Auckland")
    post("Late", published_at=datetime(2026, 6, 30, 20, tzinfo=UTC))
    assert "1 July 2026" in client.get("/blog/").content.decode()


def test_other_workspaces_have_their_own_address(
    client: Client, tenant: Tenant, other_tenant: Tenant, post: Callable[..., Post]
) -> None:
    made = post("Elsewhere")
    Post.objects.filter(pk=made.pk).update(tenant=other_tenant)
    assert client.get(f"/blog/{made.slug}/").status_code == 404
    assert f'href="/blog/t/other/{made.slug}/"' in client.get("/blog/t/other/").content.decode()
    text = client.get(f"/blog/t/other/{made.slug}/").content.decode()
    assert f'rel="canonical" href="http://127.0.0.1:8000/blog/t/other/{made.slug}/"' in text


def test_the_public_blog_has_one_canonical_address(client: Client, tenant: Tenant, post: Callable[..., Post]) -> None:
    made = post("Here")
    text = client.get(f"/blog/t/studio/{made.slug}/").content.decode()
    assert f'rel="canonical" href="http://127.0.0.1:8000/blog/{made.slug}/"' in text


def test_titles_are_text(client: Client, post: Callable[..., Post]) -> None:
    made = post("<script>alert(1)</script>")
    for address in ("/blog/", made.get_absolute_url()):
        assert "<script" not in client.get(address).content.decode()
