"""The AI settings of a person or a workspace: keys per provider and the preferred model."""

from typing import Any

from django.db import transaction

from accounts import audit, keys
from accounts.models import Tenant, User
from ai.choosing import known
from integrations.errors import ModelGone


class BadSetting(ValueError):
    """Values that cannot be saved: `problems` is {name: what is wrong}, nothing was changed."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name} {problem}" for name, problem in problems.items()))
        self.problems = problems


def read(owner: User | Tenant) -> dict[str, Any]:
    """The settings without the keys: {"keys": {provider: {"set", "last4"}}, "preferred_ai_model": str}."""
    return {"keys": keys.read_state(owner), "preferred_ai_model": owner.preferred_ai_model}


def change(
    owner: User | Tenant,
    new_keys: dict[str, str | None],
    preferred_ai_model: str | None = "",
    *,
    by: User,
    tenant: Tenant | None,
) -> None:
    """Save all changes or none: a text sets, an empty text keeps, None removes.

    `tenant` is the workspace in whose audit trail this is written. Raises BadSetting.
    """
    problems = {}
    for provider, value in new_keys.items():
        try:
            if value is not None and value.strip():
                keys.checked(value)
        except keys.BadKey as error:
            problems[provider] = str(error)
    model = preferred_ai_model and preferred_ai_model.strip()
    if model:
        try:
            known(model)
        except ModelGone as error:
            problems["preferred_ai_model"] = str(error)
    if problems:
        raise BadSetting(problems)
    with transaction.atomic():
        for provider, value in new_keys.items():
            _change_key(owner, provider, value, by, tenant)
        if model != "":
            _prefer(owner, model or "", by, tenant)


def _change_key(owner: User | Tenant, provider: str, value: str | None, by: User, tenant: Tenant | None) -> None:
    whose = "workspace" if isinstance(owner, Tenant) else "user"
    if value is None:
        if keys.remove_key(owner, provider):
            audit.record(by, "key.removed", tenant=tenant, target=provider, whose=whose)
    elif value.strip():
        keys.save_key(owner, provider, value)
        audit.record(by, "key.set", tenant=tenant, target=provider, whose=whose)


def _prefer(owner: User | Tenant, model: str, by: User, tenant: Tenant | None) -> None:
    if owner.preferred_ai_model == model:
        return
    owner.preferred_ai_model = model
    owner.save(update_fields=["preferred_ai_model"])
    whose = "workspace" if isinstance(owner, Tenant) else "user"
    audit.record(by, "preferred_model.changed", tenant=tenant, target=model, whose=whose)
