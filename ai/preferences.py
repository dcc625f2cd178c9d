"""The AI settings of a person or a workspace: keys per provider, the preferred model, and those asked when it fails."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import audit, keys
from accounts.models import Tenant, User
from ai.chain import KINDS
from ai.model_list import known
from ai.models import Fallback, ListedModel, Preference
from integrations.errors import ModelGone


class BadSetting(ValueError):
    """Values that cannot be saved: `problems` is {name: what is wrong}, nothing was changed."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name} {problem}" for name, problem in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Wish:
    """The models that are asked after the first, in order, and after which kinds of error (ai/chain.py)."""

    models: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Server:
    """What a person enters for a server of their own; an empty secret keeps the key, None removes it."""

    base_url: str
    secret: str | None
    json_mode: str


def preferred(owner: User | Tenant | None) -> str:
    """The id of the preferred model, "" for none."""
    row = _row(owner) if owner else None
    return (row.model_id or "") if row else ""


def chain(owner: User | Tenant | None) -> Wish | None:
    """What an owner wants asked when a model fails; None when nothing is."""
    row = _row(owner) if owner else None
    models = tuple(fallback.model_id for fallback in row.fallbacks.all()) if row else ()
    return Wish(models, tuple(row.on_errors)) if row and models else None


def read(owner: User | Tenant) -> dict[str, Any]:
    """The settings without the keys: {"keys": {provider: {"set", "last4"}}, "preferred_ai_model": str}."""
    return {"keys": keys.read_state(owner), "preferred_ai_model": preferred(owner)}


def change(
    owner: User | Tenant,
    new_keys: dict[str, str | None],
    preferred_ai_model: str | None = "",
    *,
    by: User,
    tenant: Tenant | None,
    wish: Wish | None = None,
    server: Server | None = None,
    remove_server: bool = False,
) -> None:
    """Save all changes or none: a text sets, an empty text keeps, None removes. Without `wish` the chain stays.

    `tenant` is the workspace in whose audit trail this is written. Raises BadSetting.
    """
    model = preferred_ai_model and preferred_ai_model.strip()
    _refuse_bad(new_keys, model, wish, server)
    with transaction.atomic():
        for provider, value in new_keys.items():
            _change_key(owner, provider, value, by, tenant)
        if model != "":
            _prefer(owner, model or None, by, tenant)
        if wish is not None:
            _chain(owner, wish, by, tenant)
        if server is not None:
            keys.save_server(owner, server.base_url, server.secret, server.json_mode)
            audit.record(by, "key.set", tenant=tenant, target=keys.COMPATIBLE, whose=_whose(owner))
        elif remove_server:
            _change_key(owner, keys.COMPATIBLE, None, by, tenant)


def _refuse_bad(new_keys: dict[str, str | None], model: str | None, wish: Wish | None, server: Server | None) -> None:
    problems = {}
    for provider, value in new_keys.items():
        try:
            if value is not None and value.strip():
                keys.checked(value)
        except keys.BadKey as error:
            problems[provider] = str(error)
    for name, models in {"preferred_ai_model": [model or ""], "fallbacks": wish.models if wish else ()}.items():
        if problem := _unusable(models):
            problems[name] = problem
    if wish and set(wish.kinds) - KINDS.keys():
        problems["on_errors"] = f"there are {', '.join(KINDS)}"
    if server:
        try:
            keys.checked_address(server.base_url)
        except keys.BadAddress as error:
            problems["base_url"] = str(error)
        try:
            if server.secret and server.secret.strip():
                keys.checked(server.secret)
        except keys.BadKey as error:
            problems[keys.COMPATIBLE] = str(error)
    if problems:
        raise BadSetting(problems)


def _unusable(models: Iterable[str]) -> str:
    for model in filter(None, models):
        try:
            known(model)
        except ModelGone as error:
            return str(error)
    return ""


def _row(owner: User | Tenant) -> Preference | None:
    return Preference.objects.filter(**_owned_by(owner)).first()


def _owned_by(owner: User | Tenant) -> dict[str, Any]:
    return {"tenant": owner, "user": None} if isinstance(owner, Tenant) else {"user": owner, "tenant": None}


def _whose(owner: User | Tenant) -> str:
    return "workspace" if isinstance(owner, Tenant) else "user"


def _change_key(owner: User | Tenant, provider: str, value: str | None, by: User, tenant: Tenant | None) -> None:
    if value is None:
        if keys.remove_key(owner, provider):
            audit.record(by, "key.removed", tenant=tenant, target=provider, whose=_whose(owner))
    elif value.strip():
        keys.save_key(owner, provider, value)
        audit.record(by, "key.set", tenant=tenant, target=provider, whose=_whose(owner))


def _prefer(owner: User | Tenant, model: str | None, by: User, tenant: Tenant | None) -> None:
    if preferred(owner) == (model or ""):
        return
    Preference.objects.update_or_create(**_owned_by(owner), defaults={"model_id": model})
    audit.record(by, "preferred_model.changed", tenant=tenant, target=model or "", whose=_whose(owner))


def _chain(owner: User | Tenant, wish: Wish, by: User, tenant: Tenant | None) -> None:
    old = chain(owner)
    models = tuple(dict.fromkeys(wish.models))
    if (old.models if old else ()) == models and (not old or set(old.kinds) == set(wish.kinds)):
        return
    row, _new = Preference.objects.get_or_create(**_owned_by(owner))
    row.on_errors = [kind for kind in KINDS if kind in wish.kinds]
    row.save(update_fields=["on_errors"])
    row.fallbacks.all().delete()
    listed = ListedModel.objects.in_bulk(models, field_name="model_id")
    Fallback.objects.bulk_create(
        Fallback(preference=row, position=place, model=listed[model]) for place, model in enumerate(models)
    )
    audit.record(by, "fallback_models.changed", tenant=tenant, target=", ".join(models), whose=_whose(owner))
