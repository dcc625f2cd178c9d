"""Which model writes: the request's, else the person's preference, else the workspace's, else offline."""

from typing import Any

from accounts.models import Tenant
from integrations.errors import ModelGone
from integrations.providers import providers
from integrations.providers.base import Model

OFFLINE = "offline"


def models() -> dict[str, tuple[str, Model]]:
    """The models that can be chosen: id -> (provider, model)."""
    return {model.id: (name, model) for name in providers for model in providers.get(name)().models()}


def choices() -> list[tuple[str, str]]:
    """Ids and labels for forms."""
    return [
        (name, f"{model.label}: {model.blurb}" if model.blurb else model.label)
        for name, (_p, model) in models().items()
    ]


def known(model: str) -> tuple[str, Model]:
    """The provider and data of a model id; raises ModelGone with the ids that can be chosen."""
    everything = models()
    if model not in everything:
        raise ModelGone(f"unknown model {model!r}: choose one of {', '.join(everything)}")
    return everything[model]


def choose(requested: str, user: Any, tenant: Tenant) -> str:
    """The id of the model to use; raises ModelGone when the chosen one is unknown, never swaps it."""
    chosen = requested or (user.preferred_ai_model if user else "") or tenant.preferred_ai_model or OFFLINE
    known(chosen)
    return chosen
