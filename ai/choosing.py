"""Which model writes, with whose key, and which ones are asked when it fails: decided when work is accepted."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.utils import timezone
from pydantic import AfterValidator, Field

from accounts import keys
from accounts.models import Tenant
from ai import preferences
from ai.chain import Chain
from ai.model_list import OFFLINE, known
from ai.models import ListedModel
from integrations.errors import InvalidKey, ModelGone, OutsideError
from integrations.providers import providers


@dataclass(frozen=True)
class Choice:
    """A model in a list: retired ones are shown with their successor and cannot be chosen."""

    id: str
    label: str
    usable: bool


def choices(kind: str = ListedModel.Kind.TEXT) -> list[Choice]:
    """The models that write texts (or what `kind` says), in the list's order, blurb and lifecycle in the label."""
    today = timezone.localdate()
    found = []
    for model in ListedModel.objects.filter(kind=kind):
        retired = model.is_retired(today)
        usable = not retired and model.provider in providers
        found.append(Choice(model.model_id, _label(model, retired), usable))
    return found


def _label(model: ListedModel, retired: bool) -> str:
    text = f"{model.label}: {model.blurb}" if model.blurb else model.label
    if model.provider in (keys.COMPATIBLE, "openrouter"):
        text = f"{text} ({keys.LABELS[model.provider]})"
    if retired:
        return f"{text} (retired; use {model.successor or 'another model'})"
    if model.retires_at:
        return f"{text} (until {model.retires_at:%d %b %Y}, then {model.successor or 'choose another'})"
    return text


def choose(requested: str, user: Any, tenant: Tenant, *, keyed: str = "") -> str:
    """The id of the model: the request's, else the person's preference, else the workspace's, else offline.

    Before offline comes the first model in the list of the provider `keyed`, where there is a key for it. Raises
    ModelGone when the chosen one cannot be asked for; it is never swapped.
    """
    chosen = requested or preferences.preferred(user) or preferences.preferred(tenant)
    return known(chosen or _first_with_key(keyed, user, tenant) or OFFLINE).model_id


def _known_or_none(model_id: str | None) -> str | None:
    if not model_id:
        return None
    try:
        return known(model_id).model_id
    except ModelGone as error:
        raise ValueError(str(error)) from None


# The model that an order names, if any; pydantic refuses one that cannot be asked, with the successor.
ModelWish = Annotated[str | None, Field(max_length=100), AfterValidator(_known_or_none)]


def _first_with_key(provider: str, user: Any, tenant: Tenant) -> str:
    """The first model of a provider, "" where nobody has a key for it or all have retired."""
    if not provider or keys.find(user, tenant, provider) is None:
        return ""
    today = timezone.localdate()
    rows = ListedModel.objects.for_text().filter(provider=provider)
    return next((model.model_id for model in rows if not model.is_retired(today)), "")


def key_owner(model_id: str, user: Any, tenant: Tenant, kind: str = ListedModel.Kind.TEXT) -> str:
    """Whose key will pay: "user", "tenant", "server" or "none"; decided when work is accepted.

    Raises InvalidKey, with where to enter one, when there is none.
    """
    provider = known(model_id, kind).provider
    vendor = providers.get(provider)
    if not vendor.is_language_model:
        return "none"
    found = keys.find(user, tenant, provider)
    if found is None:
        missing = "server of your own" if vendor.needs_base_url else f"{vendor.label} key"
        raise InvalidKey(
            f"There is no {missing} for you or your workspace. Enter one under AI settings, or choose offline."
        )
    return found.whose


def chain_for(model_id: str, user: Any, tenant: Tenant) -> Chain:
    """The model with those that are asked when it fails: the person's own chain, else the workspace's.

    Models that cannot be asked, or that nobody has a key for, are left out. Raises InvalidKey for the first one.
    """
    more = []
    wish = preferences.chain(user) or preferences.chain(tenant)
    for fallback in wish.models if wish else ():
        if fallback == model_id:
            continue
        try:
            more.append({"model": known(fallback).model_id, "keyOwner": key_owner(fallback, user, tenant)})
        except OutsideError:
            continue
    return Chain.of(model_id, key_owner(model_id, user, tenant), more, wish.kinds if wish else ())
