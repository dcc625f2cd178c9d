"""Which model writes, with whose key, and what that may cost."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts import keys
from accounts.models import Tenant
from ai.models import ListedModel
from integrations.errors import InvalidKey, ModelGone
from integrations.providers import providers

OFFLINE = "offline"


@dataclass(frozen=True)
class Choice:
    """A model in a list: retired ones are shown with their successor and cannot be chosen."""

    id: str
    label: str
    usable: bool


def choices() -> list[Choice]:
    """The models that write texts, in the order of the list, with blurb and lifecycle in the label."""
    today = timezone.localdate()
    found = []
    for model in ListedModel.objects.for_text():
        retired = model.is_retired(today)
        usable = not retired and model.provider in providers
        found.append(Choice(model.model_id, _label(model, retired), usable))
    return found


def _label(model: ListedModel, retired: bool) -> str:
    text = f"{model.label}: {model.blurb}" if model.blurb else model.label
    if retired:
        return f"{text} (retired; use {model.successor})"
    if model.retires_at:
        return f"{text} (until {model.retires_at:%d %b %Y}, then {model.successor})"
    return text


def known(model_id: str) -> ListedModel:
    """The row of a model that can be asked for; raises ModelGone with the successor, or with where to look."""
    model = ListedModel.objects.for_text().filter(model_id=model_id).first()
    if model is None:
        raise ModelGone(f"unknown model {model_id!r}: choose one of the list in the AI settings, such as {OFFLINE}")
    if model.is_retired(timezone.localdate()):
        since = f" since {model.retires_at:%d %b %Y}" if model.retires_at else ""
        raise ModelGone(f"{model.model_id} is retired{since}: use {model.successor or 'another model'} instead")
    if model.provider not in providers:
        raise ModelGone(f"{model.model_id} is of {model.provider}, which cannot be asked yet: choose another model")
    return model


def choose(requested: str, user: Any, tenant: Tenant) -> str:
    """The id of the model: the request's, else the person's preference, else the workspace's, else offline.

    Raises ModelGone when the chosen one cannot be asked for; it is never swapped.
    """
    chosen = requested or (user.preferred_ai_model if user else "") or tenant.preferred_ai_model or OFFLINE
    return known(chosen).model_id


def key_owner(model_id: str, user: Any, tenant: Tenant) -> str:
    """Whose key will pay: "user", "tenant", "server" or "none"; decided when work is accepted.

    Raises InvalidKey, with where to enter one, when there is none.
    """
    provider = known(model_id).provider
    vendor = providers.get(provider)
    if not vendor.needs_key:
        return "none"
    found = keys.find(user, tenant, provider)
    if found is None:
        raise InvalidKey(
            f"There is no {vendor.label} key for you or your workspace. Enter one under AI settings, or choose offline."
        )
    return found[1]
