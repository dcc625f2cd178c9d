"""Signing in at platforms, against a provider that checks state, PKCE and callback, and rotates what X rotates."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Tenant, User
from publishing import authorising, connecting
from publishing.models import Account, Authorisation, InstanceApp
from tests.integrations.grants.provider import Provider, provider_of, settings_for
from tests.integrations.platforms.stubs import serving

pytestmark = [pytest.mark.django_db, pytest.mark.one_ground]
PLATFORMS = ["x", "linkedin", "facebook", "instagram", "threads", "mastodon"]


@pytest.fixture
def signed_in(client: Any, owner: Any, settings: Any) -> Any:
    settings.SITE_URL = "http://testserver"
    client.force_login(owner)
    return client


@pytest.fixture
def at(settings: Any) -> Iterator[Callable[[str], Provider]]:
    """A provider for a platform."""
    settings.OUTBOUND_ALLOW_HOSTS = ["127.0.0.1"]
    settings.PLATFORM_BASE_URLS = {}
    running = []

    def make(platform: str) -> Provider:
        one = serving(provider_of(platform))
        provider = one.__enter__()
        running.append(one)
        if platform != "mastodon":
            settings_for(provider, platform, settings)
        return provider  # type: ignore[return-value]

    yield make
    for one in running:
        one.__exit__(None, None, None)


def go(client: Any, platform: str, provider: Provider, query: str = "") -> str:
    """The address that a browser is sent to."""
    query = query or (f"baseUrl={provider.url}" if platform == "mastodon" else "")
    page = client.get(f"{reverse('publishing:sign_in', args=[platform])}?{query}")
    assert page.context["there"], page.context["problem"]
    got = client.get(page.context["there"])
    assert got.status_code == 302, got.content
    return str(got["Location"])


def back(client: Any, where: str) -> Any:
    """Follow the way back."""
    parts = urlsplit(where)
    return client.get(f"{parts.path}?{parts.query}")


def connected(client: Any, platform: str, provider: Provider, choice: str = "", query: str = "") -> Account:
    """The whole way, by HTTP on both sides."""
    got = back(client, provider.agree(go(client, platform, provider, query)))
    if choice:
        got = client.post(got["Location"], {"remote_id": choice})
    assert "/account/" in got["Location"], [str(m) for m in client.get(got["Location"]).context["messages"]]
    return Account.objects.get(pk=urlsplit(got["Location"]).path.split("/")[-3])


@pytest.mark.parametrize(
    ("platform", "choice", "name"),
    [
        ("x", "", "@ann"),
        ("linkedin", "urn:li:organization:42", "Films Ltd"),
        ("linkedin", "urn:li:person:Ann-7_x", "Ann Example"),
        ("facebook", "17", "Films"),
        ("instagram", "", "@ann"),
        ("threads", "", "@bob"),
        ("mastodon", "", "@ann@mastodon.example"),
    ],
)
def test_the_whole_way(signed_in: Any, at: Any, platform: str, choice: str, name: str) -> None:
    provider = at(platform)
    account = connected(signed_in, platform, provider, choice)
    assert (account.state, account.remote_name, account.name) == ("active", name, name)
    assert account.granted
    assert account.missing == []
    held = account.reveal()
    assert held["accessToken"] in provider.api.tokens
    assert bool(account.expires_at) is (platform not in ("facebook", "mastodon"))
    page = signed_in.get(reverse("admin:publishing_account_change", args=[account.pk])).content.decode()
    assert "You signed in. Granted:" in page
    for secret in held.values():
        assert len(secret) < 8 or secret not in page
    assert AuditEntry.objects.filter(action="account.signed_in").count() == 1
    assert Authorisation.objects.get().sealed is None


def test_pages_are_chosen_from_and_a_choice_is_made_once(signed_in: Any, at: Any) -> None:
    provider = at("facebook")
    there = back(signed_in, provider.agree(go(signed_in, "facebook", provider)))["Location"]
    page = signed_in.get(there).content.decode()
    assert "Films" in page
    assert "Books" in page
    assert "page-token" not in page
    assert "Choose one" in said(signed_in, signed_in.post(there, {"remote_id": "99"}))
    assert signed_in.post(there, {"remote_id": "18"}).status_code == 302
    assert "made before" in said(signed_in, signed_in.post(there, {"remote_id": "17"}))
    assert Account.objects.get().reveal() == {"accessToken": "page-token-2"}


# -- what comes back wrong --------------------------------------------------------------------------------------------


def said(client: Any, got: Any) -> str:
    """What the page says to which one is sent; the code is in no address any more."""
    assert got.status_code == 302
    assert "code=" not in got["Location"]
    text = client.get(got["Location"]).content.decode()
    assert "Nothing was connected." in text
    return str(text)


def refused(client: Any, got: Any, words: str) -> None:
    assert words in said(client, got)
    assert Account.objects.count() == 0


@pytest.mark.parametrize("state", ["", "x" * 43, "\x00"])
def test_a_wrong_state_connects_nothing(signed_in: Any, at: Any, state: str) -> None:
    provider = at("x")
    where = provider.agree(go(signed_in, "x", provider))
    code = parse_qs(urlsplit(where).query)["code"][0]
    path = reverse("publishing:sign_in_callback", args=["x"])
    refused(signed_in, signed_in.get(path, {"code": code, "state": state}), "no answer to a sign-in that you began")
    assert provider.of("token") == []


def test_a_replayed_answer_connects_nothing_more(signed_in: Any, at: Any) -> None:
    provider = at("x")
    where = provider.agree(go(signed_in, "x", provider))
    assert back(signed_in, where).status_code == 302
    assert "used before" in said(signed_in, back(signed_in, where))
    assert (Account.objects.count(), len(provider.of("token"))) == (1, 1)


def test_the_answer_of_somebody_else_or_of_another_platform_is_none(
    signed_in: Any, at: Any, client: Any, tenant: Any, django_user_model: Any
) -> None:
    provider = at("x")
    where = provider.agree(go(signed_in, "x", provider))
    other = django_user_model.objects.create_user("other-owner", is_staff=True)
    tenant.memberships.create(user=other, role="owner")
    client.force_login(other)
    refused(client, back(client, where), "no answer to a sign-in that you began")
    query = urlsplit(where).query
    refused(client, client.get(f"{reverse('publishing:sign_in_callback', args=['threads'])}?{query}"), "no answer")


def test_an_answer_that_comes_late_is_none(signed_in: Any, at: Any) -> None:
    provider = at("x")
    where = provider.agree(go(signed_in, "x", provider))
    Authorisation.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    refused(signed_in, back(signed_in, where), "quarter of an hour")


def test_saying_no_is_told_as_that(signed_in: Any, at: Any) -> None:
    provider = at("x")
    refused(signed_in, back(signed_in, provider.agree(go(signed_in, "x", provider), "no")), "You did not agree at X")


@pytest.mark.parametrize("platform", ["x", "linkedin", "facebook", "threads"])
def test_a_scope_that_is_needed_and_refused_connects_nothing(signed_in: Any, at: Any, platform: str) -> None:
    provider = at(platform)
    needed = [one for one in authorising.grant_kind(platform).scopes if one.needed][-1]
    provider.refused_scopes = {needed.name}
    refused(signed_in, back(signed_in, provider.agree(go(signed_in, platform, provider))), needed.name)


def test_a_scope_that_may_be_left_out_is_named(signed_in: Any, at: Any) -> None:
    provider = at("x")
    provider.refused_scopes = {"media.write"}
    account = connected(signed_in, "x", provider)
    assert account.missing == ["media.write"]
    page = signed_in.get(reverse("admin:publishing_account_change", args=[account.pk])).content.decode()
    assert "Not granted: upload pictures and videos" in page


@pytest.mark.parametrize(
    ("kind", "words"), [("refused", "does not know the app"), ("500", "in trouble"), ("accept_html", "no answer")]
)
def test_a_token_that_is_not_given_is_told(signed_in: Any, at: Any, kind: str, words: str) -> None:
    provider = at("x")
    where = provider.agree(go(signed_in, "x", provider))
    provider.fail("token", kind)
    refused(signed_in, back(signed_in, where), words)


def test_the_code_of_another_verifier_is_worth_nothing(signed_in: Any, at: Any) -> None:
    provider = at("x")
    where = provider.agree(go(signed_in, "x", provider))
    row = Authorisation.objects.get()
    row.set_secret("another-verifier")
    row.save()
    refused(signed_in, back(signed_in, where), "does not accept this sign-in")


# -- who and where ----------------------------------------------------------------------------------------------------


def test_without_an_app_the_page_says_what_to_make(signed_in: Any, settings: Any) -> None:
    settings.PLATFORM_CLIENTS = {"x": ("", "")}
    page = signed_in.get(reverse("publishing:sign_in", args=["x"])).content.decode()
    assert "X_CLIENT_ID" in page
    assert "http://testserver/admin/connect/x/callback" in page
    assert "Go on to" not in page
    with pytest.raises(authorising.BadReturn, match="X_CLIENT_ID"):
        authorising.begin(Tenant.objects.get(), User.objects.get(), "x")


def test_only_owners_connect(client: Any, editor: Any, at: Any) -> None:
    at("x")
    client.force_login(editor)
    for name in ("sign_in", "sign_in_go", "sign_in_callback"):
        assert client.get(reverse(f"publishing:{name}", args=["x"])).status_code == 403
    assert client.get(reverse("publishing:sign_in", args=["bluesky"])).status_code in (403, 404)


def test_an_account_of_another_workspace_is_not_connected_twice(
    signed_in: Any, at: Any, other_tenant: Any, owner: Any
) -> None:
    provider = at("x")
    there = connecting.connect(
        other_tenant, owner, platform="x", name="Theirs", credentials={"accessToken": "one-of-theirs"}
    )
    Account.objects.filter(pk=there.pk).update(remote_id="77")
    assert "another workspace" in said(signed_in, back(signed_in, provider.agree(go(signed_in, "x", provider))))
    assert Account.objects.count() == 1
    authorising.disconnect(there, owner)
    assert connected(signed_in, "x", provider).state == "active"


def test_the_same_account_again_is_the_same_row(signed_in: Any, at: Any) -> None:
    provider = at("x")
    first = connected(signed_in, "x", provider)
    second = connected(signed_in, "x", provider)
    assert first.pk == second.pk
    assert first.reveal() != second.reveal()


def test_it_is_connected_anew_as_itself_only(signed_in: Any, at: Any) -> None:
    provider = at("facebook")
    account = connected(signed_in, "facebook", provider, "17")
    Account.objects.update(state="broken")
    again = connected(signed_in, "facebook", provider, query=f"account={account.pk}")
    assert (again.pk, again.state) == (account.pk, "active")
    provider.pages = [provider.pages[1]]
    got = back(signed_in, provider.agree(go(signed_in, "facebook", provider, f"account={account.pk}")))
    assert "You signed in as Books" in said(signed_in, got)


def test_an_instance_is_registered_at_once_and_not_again(signed_in: Any, at: Any) -> None:
    provider = at("mastodon")
    connected(signed_in, "mastodon", provider)
    connected(signed_in, "mastodon", provider)
    assert len(provider.of("register")) == 1
    assert "instance-secret" not in repr(vars(InstanceApp.objects.get())["base_url"])


@pytest.mark.parametrize("base_url", ["", "nonsense", "http://10.0.0.1", "http://localhost:1"])
def test_an_address_that_is_no_instance_is_told(signed_in: Any, at: Any, base_url: str, settings: Any) -> None:
    settings.OUTBOUND_ALLOW_HOSTS = []
    page = signed_in.get(reverse("publishing:sign_in", args=["mastodon"]), {"baseUrl": base_url})
    if page.context["there"]:  # the guard says so when it is called
        assert "OUTBOUND_ALLOW_HOSTS" in said(signed_in, signed_in.get(page.context["there"]))
    assert Authorisation.objects.count() == 0


def test_nobody_is_sent_there_by_another_page(signed_in: Any, at: Any, client: Any, editor: Any, tenant: Any) -> None:
    """Else a link could connect somebody else's account, or send an owner anywhere."""
    provider = at("x")
    path = reverse("publishing:sign_in_go", args=["x"])
    there = signed_in.get(reverse("publishing:sign_in", args=["x"])).context["there"]
    for query in ("", "?way=forged", f"?baseUrl={provider.url}"):
        refused(signed_in, signed_in.get(path + query), "none of yours")
    tenant.memberships.filter(user=editor).update(role="owner")
    client.force_login(editor)
    refused(client, client.get(there), "none of yours")
    assert Authorisation.objects.count() == 0


def test_one_that_was_entered_is_connected_anew_as_the_one_that_is_chosen(
    signed_in: Any, at: Any, tenant: Any, owner: Any
) -> None:
    provider = at("facebook")
    entered = connecting.connect(tenant, owner, platform="facebook", name="By hand", credentials={"accessToken": "x1"})
    query = f"account={entered.pk}"
    assert connected(signed_in, "facebook", provider, "17", query).pk == entered.pk
    other = connecting.connect(tenant, owner, platform="facebook", name="Another", credentials={"accessToken": "x2"})
    there = back(signed_in, provider.agree(go(signed_in, "facebook", provider, f"account={other.pk}")))["Location"]
    assert "connected already, as “By hand”" in said(signed_in, signed_in.post(there, {"remote_id": "17"}))


# -- disconnecting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["x", "linkedin", "mastodon", "threads"])
def test_disconnecting_forgets_and_tells_the_platform_where_it_can(signed_in: Any, at: Any, platform: str) -> None:
    provider = at(platform)
    choice = "urn:li:person:Ann-7_x" if platform == "linkedin" else ""
    account = connected(signed_in, platform, provider, choice)
    path = reverse("admin:publishing_account_disconnect_one", args=[account.pk])
    assert "erased here" in signed_in.get(path).content.decode()
    account.refresh_from_db()
    assert account.state == "active"
    signed_in.post(path)
    account.refresh_from_db()
    assert (account.state, account.reveal(), account.granted) == ("disconnected", {}, [])
    assert len(provider.of("revoke")) == (platform != "threads")


def test_nothing_of_a_disconnected_account_leaves(signed_in: Any, at: Any, publish: Any, owner: Any) -> None:
    from tests.publishing.conftest import run

    provider = at("x")
    account = connected(signed_in, "x", provider)
    made = publish(account, "Silent films")
    authorising.disconnect(account, owner)
    assert run(made).state == "scheduled"
    assert provider.api.published == []


def test_the_night_forgets_what_nobody_goes_on_with(signed_in: Any, at: Any) -> None:
    provider = at("facebook")
    back(signed_in, provider.agree(go(signed_in, "facebook", provider)))
    assert "page-token-1" in str(Authorisation.objects.get().secret())
    assert authorising.clean_up() == 0
    Authorisation.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert authorising.clean_up() == 1


def test_a_token_that_is_entered_says_when_it_ends(call: Any) -> None:
    order = {"platform": "instagram", "name": "Films"}
    for ends, status in (("soon", 422), ("2030-01-01T00:00:00Z", 201)):
        keys = {"accessToken": "token-here", "refreshToken": "another", "expiresAt": ends}
        got = call("POST", "/api/accounts", {**order, "credentials": keys})
        assert got.status_code == status
    assert got.json()["expiresAt"].startswith("2030-01-01")


def test_the_same_account_entered_twice_is_told(tenant: Any, owner: Any, at: Any) -> None:
    provider = at("x")
    provider.api.tokens.add("by-hand")
    for name in ("One", "Two"):
        account = connecting.connect(tenant, owner, platform="x", name=name, credentials={"accessToken": "by-hand"})
        assert connecting.check(account)
    assert "connected a second time, as “One”" in account.health
