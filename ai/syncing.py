"""Reading the providers' lists of models, which is free: new models, limits, prices where they are told, lifecycles."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import keys
from accounts.models import ProviderKey, Tenant, User
from ai import retiring
from ai.models import ListedModel, Price
from ai.models.catalogue import Origin
from ai.vendors import open_provider
from integrations.errors import InvalidKey, OutsideError
from integrations.providers import providers
from integrations.providers.base import Model
from jobs import accepting
from jobs.models import Job

logger = logging.getLogger(__name__)

SYNC = "ai.tasks.sync_models"
Status = ListedModel.Status
# A row of the ledger may name a model by 100 characters.
LONGEST_ID = 100
MOST_MODELS = 2000  # of one list


@dataclass
class Read:
    """What reading one provider's list changed: ids of models, and what went wrong with which key."""

    provider: str
    seen: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """For `sync_models --json` and the job's result."""
        return {
            "provider": self.provider,
            "seen": self.seen,
            "added": self.added,
            "changed": self.changed,
            "missing": self.missing,
            "problem": self.problem,
        }


class _Key(NamedTuple):
    found: keys.Found
    label: str


def order(tenant: Tenant, user: User, provider: str = "") -> Job:
    """A job that reads the lists now, with the keys of this workspace, its members and the server."""
    payload = {"tenant_id": tenant.pk, "provider": provider}
    return accepting.enqueue(SYNC, tenant=tenant, user=user, request="ai.ListedModel", payload=payload)


def sync(only: str = "", tenant: Tenant | None = None) -> list[Read]:
    """Read the list of every provider for which a key is at hand, or of one; then warn of what retires.

    With `tenant` only keys of that workspace, its members and the server are used. A key that is refused is passed
    over for the next one. Raises Unsupported for a provider that does not exist.
    """
    names = [only] if only else [name for name in providers if providers.get(name).is_language_model]
    reads = [read for name in names for read in _read(name, tenant)]
    retiring.warn()
    return reads


def _read(name: str, tenant: Tenant | None) -> Iterator[Read]:
    vendor = providers.get(name)
    at_hand = list(_keys(name, tenant))
    if not at_hand:
        yield Read(name, problem="no key is at hand")
        return
    problem = ""
    for key in at_hand:
        try:
            listed = open_provider(name, key.found).models()
        except OutsideError as error:
            problem = f"{key.label}: {error}"
            if vendor.needs_base_url:
                yield Read(name, problem=problem)
            continue
        try:
            yield store(name, listed, is_whole=not vendor.needs_base_url)
        except Exception as error:  # one server's nonsense keeps no other list from being read
            logger.exception("The list of models of %s cannot be stored", name)
            yield Read(name, problem=f"{key.label}: its list holds what cannot be stored ({type(error).__name__})")
        if not vendor.needs_base_url:
            return
    if not vendor.needs_base_url:
        yield Read(name, problem=problem)


def _keys(name: str, tenant: Tenant | None) -> Iterator[_Key]:
    """The server's key, then those of workspaces and people; of servers of one's own each address once."""
    if secret := settings.SERVER_KEYS.get(name):
        yield _Key(keys.Found(secret, "server"), "the server's key")
    addresses = set()
    rows = ProviderKey.objects.filter(provider=name)
    if tenant:
        rows = rows.filter(Q(tenant=tenant) | Q(user__memberships__tenant=tenant)).distinct()
    for row in rows.order_by("user", "pk").defer("sealed"):
        if row.base_url and row.base_url in addresses:
            continue
        addresses.add(row.base_url)
        whose = "tenant" if row.tenant_id else "user"
        try:
            secret = ProviderKey.objects.get(pk=row.pk).reveal()
        except InvalidKey:
            continue
        label = f"the key of {row.tenant or row.user}"
        yield _Key(keys.Found(secret, whose, row.base_url, row.json_mode), label)


def store(provider: str, listed: list[Model], *, is_whole: bool) -> Read:
    """Write a provider's list into ours. With `is_whole`, what it lacks is marked as missing (and not retired:
    some keys see only some models); what a person wrote stays.
    """
    read = Read(provider, seen=len(listed))
    now = timezone.now()
    prefix = f"{keys.COMPATIBLE}/" if provider == keys.COMPATIBLE else ""
    usable = {prefix + model.id: model for model in listed[:MOST_MODELS] if _is_id(prefix + model.id)}
    with transaction.atomic():
        for model_id, model in usable.items():
            _store_one(provider, model_id, model, read)
        if is_whole and usable:
            ours = ListedModel.objects.for_text().filter(provider=provider, missing_since=None)
            for row in ours.exclude(status=Status.RETIRED).exclude(model_id__in=usable):
                ListedModel.objects.filter(pk=row.pk).update(missing_since=timezone.localdate())
                read.missing.append(row.model_id)
        ListedModel.objects.filter(provider=provider, model_id__in=usable).update(seen_at=now, missing_since=None)
    return read


def _is_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and " " not in text


def _store_one(provider: str, model_id: str, model: Model, read: Read) -> None:
    row = ListedModel.objects.filter(model_id=model_id).first()
    if row is None:
        row = ListedModel(
            provider=provider,
            model_id=model_id,
            label=(model.label or model.id)[:100],
            source=Origin.LIST,
            kind=_kind(model),
            blurb="on your own server" if provider == keys.COMPATIBLE else "",
        )
        read.added.append(model_id)
    elif row.provider != provider:
        return  # somebody else's model has this id
    before = _facts(row)
    if row.source != Origin.PERSON:
        row.context_tokens = model.context_tokens or row.context_tokens
        row.output_tokens = model.output_tokens or row.output_tokens
        _store_lifecycle(row, model)
    if model.abilities is not None:
        row.abilities = sorted(model.abilities)
    row.save()
    priced = _store_price(row, model)
    if model_id not in read.added and (priced or _facts(row) != before):
        read.changed.append(model_id)


def _kind(model: Model) -> str:
    only_images = model.abilities is not None and "images" in model.abilities and "schema" not in model.abilities
    return ListedModel.Kind.IMAGE if only_images else ListedModel.Kind.TEXT


def _facts(row: ListedModel) -> tuple[Any, ...]:
    return row.context_tokens, row.output_tokens, row.status, row.retires_at, row.abilities


def _store_lifecycle(row: ListedModel, model: Model) -> None:
    if model.retires_at:
        row.retires_at = model.retires_at
        row.status = Status.RETIRED if model.retires_at <= timezone.localdate() else Status.DEPRECATED
    elif model.status in Status.values:
        row.status = Status(model.status)


def _store_price(row: ListedModel, model: Model) -> bool:
    """Note what the list says it costs from today on, where that differs; a server of one's own costs nothing."""
    usd_in, usd_out = model.usd_in_per_m, model.usd_out_per_m
    if row.provider == keys.COMPATIBLE and not row.price_list.exists():
        usd_in = usd_out = usd_in or 0  # type: ignore[assignment]
    if usd_in is None or usd_out is None:
        return False
    today: date = timezone.localdate()
    price = row.price_on(today)
    if price and (price.source == Origin.PERSON or (price.usd_in, price.usd_out) == (usd_in, usd_out)):
        return False
    Price.objects.update_or_create(
        model=row,
        valid_from=today,
        defaults={
            "usd_in": usd_in,
            "usd_out": usd_out,
            "usd_cache_read": model.usd_cache_read_per_m,
            "read_at": today,
            "source": Origin.LIST,
        },
    )
    return True
