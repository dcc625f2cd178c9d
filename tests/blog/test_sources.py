"""Which catalog a batch reads, and what its posts then show."""

import pytest

from blog import sources
from blog.models import Post
from integrations.errors import Unsupported

POSTER = "https://image.tmdb.org/t/p/w500/heat.jpg"


def test_tmdb_is_read_when_its_key_is_set(settings):
    settings.TMDB_API_KEY = ""
    assert sources.chosen() == "offline"
    settings.TMDB_API_KEY = "k" * 32
    assert sources.chosen() == "tmdb"
    assert sources.open_catalog("tmdb").name == "tmdb"
    with pytest.raises(Unsupported, match="choose one of offline, tmdb"):
        sources.open_catalog("video-shop")


@pytest.mark.django_db
def test_a_post_from_tmdb_shows_poster_credit_and_attribution(client, tenant, settings):
    snapshot = {"name": "Heat", "source": "TMDb", "poster": POSTER, "poster_credit": "Poster: TMDb"}
    post = Post(tenant=tenant, title="Heat", slug="heat", body="x", html="<p>x</p>", film="movie:tmdb-949")
    post.snapshot = snapshot
    post.publish()
    post.save()
    answer = client.get("/blog/heat/")
    page = answer.content.decode()
    assert f'src="{POSTER}"' in page
    assert "Poster: TMDb" in page
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in page
    assert "img-src 'self' https://image.tmdb.org" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_only_posters_of_tmdb_are_shown_and_offline_posts_need_no_notice(client, tenant):
    post = Post(tenant=tenant, title="Heat", slug="heat", body="x", html="<p>x</p>", film="movie:tt0113277")
    post.snapshot = {"name": "Heat", "source": "Wikidata", "poster": "https://evil.example/pixel.png"}
    post.publish()
    post.save()
    page = client.get("/blog/heat/").content.decode()
    assert "evil.example" not in page
    assert "TMDB" not in page
