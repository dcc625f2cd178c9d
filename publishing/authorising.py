"""Connecting an account by signing in at its platform: the way there, the way back, the choice of an account.

The state that goes there and comes back is good once, for a quarter of an hour, and for the person who began.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Tenant, digest
from integrations.errors import OutsideError
from integrations.grants.base import Candidate, Client
from publishing import connecting
from publishing.connecting import BadAccount
from publishing.models import Account, Authorisation, InstanceApp
from publishing.opening import (
    can_sign_in,
    grant_kind,
    instance_apps,
    open_grant,
    platform_class,
    redirect_uri,
)

GOOD_FOR = timedelta(minutes=15)
STATE_BYTES = 32


class BadReturn(ValueError):
    """Nothing was connected; the text says why, and what to do."""


def app_problem(platform: str) -> str:
    """What an operator has to do before anybody can sign in there; "" where nothing is missing."""
    kind, (client_id, _secret) = grant_kind(platform), settings.PLATFORM_CLIENTS.get(platform, ("", ""))
    if kind.needs_base_url or client_id:
        return ""
    name = platform.upper()
    return (
        f"Pressroom has no app at {kind.label} yet. Make one at {kind.made_at}, with the callback address "
        f"{redirect_uri(platform)}, then set {name}_CLIENT_ID and {name}_CLIENT_SECRET, and start Pressroom again."
    )


# -- the way there ----------------------------------------------------------------------------------------------------


def begin(
    tenant: Tenant, user: Any, platform: str, *, base_url: str = "", account: Account | None = None
) -> tuple[str, Authorisation]:
    """The address to send a person to. Registers our app at an instance that does not know it.

    Raises BadReturn where Pressroom has no app there, BadAccount for an address that is none, and what errors.py has.
    """
    if problem := app_problem(platform):
        raise BadReturn(problem)
    base_url = connecting.address_for(platform_class(platform), account.base_url if account else base_url)
    if grant_kind(platform).needs_base_url and not instance_apps(platform, base_url).exists():
        _register(platform, base_url)
    state, verifier = secrets.token_urlsafe(STATE_BYTES), secrets.token_urlsafe(48)
    row = Authorisation(
        tenant=tenant, user=user, platform=platform, base_url=base_url, account=account, digest=digest(state)
    )
    row.set_secret(verifier)
    row.save()
    return open_grant(platform, base_url).address(state, verifier), row


def _register(platform: str, base_url: str) -> None:
    client = open_grant(platform, base_url, Client("")).register(settings.SITE_URL)  # type: ignore[attr-defined]
    row = InstanceApp(platform=platform, base_url=base_url, redirect_uri=redirect_uri(platform))
    row.set_client(client.id, client.secret)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # somebody was quicker: theirs is as good
        return


# -- the way back -----------------------------------------------------------------------------------------------------


def come_back(tenant: Tenant | None, user: Any, platform: str, answer: Mapping[str, str]) -> Authorisation:
    """What the platform sent a person back with becomes accounts to choose from. Raises BadReturn."""
    row = _use(tenant, user, platform, answer.get("state", ""))
    label = platform_class(platform).label
    if error := answer.get("error", ""):
        if error in ("access_denied", "user_cancelled_login", "user_cancelled_authorize"):
            raise BadReturn(f"You did not agree at {label}. Begin anew when you want to.")
        raise BadReturn(f"{label} ended this with “{error[:60]}”. Begin anew.")
    code = answer.get("code", "")
    if not code:
        raise BadReturn(f"{label} sent no code back. Begin anew.")
    grant = open_grant(platform, row.base_url)
    try:
        tokens = grant.exchange(code, row.secret())
        missing = grant.missing(tokens)
        if needed := [one for one in missing if one.needed]:
            words = "; ".join(f"{one.words} ({one.name})" for one in needed)
            raise BadReturn(
                f"{label} was not allowed to let Pressroom do this: {words}. Begin anew, and leave everything ticked."
            )
        found = grant.candidates(tokens)
    except OutsideError as error:
        raise BadReturn(str(error)) from None
    if not found:
        raise BadReturn(f"{label} names no page that you may post for. Choose one there when it asks, and begin anew.")
    row.granted = [one.name for one in grant.scopes if one not in missing]
    row.missing = [one.name for one in missing]
    row.set_secret([vars(one) for one in found])
    row.save()
    return row


def _use(tenant: Tenant | None, user: Any, platform: str, state: str) -> Authorisation:
    """The authorisation of a state, used up by this. What is wrong with it is told alike, whoever asks."""
    now = timezone.now()
    rows = Authorisation.objects.for_tenant(tenant).filter(digest=digest(state), platform=platform, user=user)
    if not rows.filter(used_at=None, created_at__gt=now - GOOD_FOR).update(used_at=now):
        raise BadReturn(
            "This is no answer to a sign-in that you began here in the last quarter of an hour, or it was used before. "
            "Begin anew."
        )
    return rows.select_related("account", "tenant").get()


def candidates(row: Authorisation) -> list[Candidate]:
    """What may be connected; none once that is done, or too much time has passed."""
    if row.used_at is None or row.ended_at or row.used_at < timezone.now() - GOOD_FOR:
        return []
    return [Candidate(**one) for one in row.secret()]


# -- the choice -------------------------------------------------------------------------------------------------------


def connect(row: Authorisation, user: Any, remote_id: str = "") -> Account:
    """Connect the account that was chosen ("": the only one, or the one that is connected anew). Raises BadReturn."""
    found = candidates(row)
    wanted = remote_id or (row.account.remote_id if row.account else "")
    chosen = next((one for one in found if one.remote_id == wanted), None)
    if row.account and row.account.remote_id and chosen is None:
        names = ", ".join(one.name for one in found) or "nobody"
        raise BadReturn(
            f"You signed in as {names}, and this account is {row.account.remote_name or row.account}. Sign in as that "
            "one, or connect the other as a new account."
        )
    chosen = chosen or (found[0] if len(found) == 1 and not remote_id else None)
    if chosen is None:
        raise BadReturn("Choose one of the accounts that were offered, or begin anew.")
    try:
        with transaction.atomic():
            account = _connect(row, user, chosen)
            Authorisation.objects.filter(pk=row.pk).update(ended_at=timezone.now(), sealed=None)
    except BadAccount as error:
        raise BadReturn(str(error)) from None
    return account


def _connect(row: Authorisation, user: Any, chosen: Candidate) -> Account:
    """One account on the platform is one account here, in whichever workspace: else it would post twice."""
    same = Account.objects.connected().filter(platform=row.platform, base_url=row.base_url, remote_id=chosen.remote_id)
    there = same.filter(tenant=row.tenant).first()
    if row.account and there and there.pk != row.account.pk:
        raise BadReturn(f"{chosen.name} is connected already, as “{there}”. Connect that one anew.")
    mine = row.account or there
    if same.exclude(tenant=row.tenant).exists():
        raise BadReturn(
            f"{chosen.name} is connected in another workspace of this Pressroom. Disconnect it there first: an account "
            "that publishes for two could publish twice."
        )
    if mine is None:
        mine = connecting.connect(
            row.tenant,
            user,
            platform=row.platform,
            name=_free_name(row, chosen.name),
            credentials=chosen.credentials,
            base_url=row.base_url,
        )
    else:
        connecting.change_credentials(mine, user, chosen.credentials)
    mine.remote_id, mine.remote_name = chosen.remote_id[:200], chosen.name[:200]
    mine.granted, mine.missing = row.granted, row.missing
    mine.save(update_fields=["remote_id", "remote_name", "granted", "missing"])
    audit.record(user, "account.signed_in", tenant=row.tenant, target=mine, granted=row.granted)
    return mine


def _free_name(row: Authorisation, name: str) -> str:
    names = set(Account.objects.for_tenant(row.tenant).filter(platform=row.platform).values_list("name", flat=True))
    name = name[:90]
    return next(one for one in (name, *(f"{name} {number}" for number in range(2, 1000))) if one not in names)


def clean_up() -> int:
    """Forget sign-ins that nobody can go on with, and the tokens that came and were not chosen; returns how many."""
    return Authorisation.objects.filter(created_at__lt=timezone.now() - 2 * GOOD_FOR).delete()[0]


def disconnect(account: Account, user: Any) -> str:
    """Forget the credentials, and tell the platform where it can be told. Returns what is left to do there.

    What is planned stays where it is, and does not leave.
    """
    left = ""
    if can_sign_in(account.platform) and account.granted:
        try:
            open_grant(account.platform, account.base_url).revoke(account.reveal())
        except OutsideError as error:
            left = str(error)
    with transaction.atomic():
        row = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        row.set_credentials({})
        row.state, row.granted, row.expires_at, row.health = Account.State.DISCONNECTED, [], None, ""
        row.save()
        audit.record(user, "account.disconnected", tenant=row.tenant, target=row)
    account.refresh_from_db()
    return left
