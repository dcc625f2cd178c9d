"""The model list: rows seeded from ai/data/models.csv and ai/data/prices.csv, and the way to ask for one of them."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from ai.models import ListedModel
from integrations.errors import ModelGone
from integrations.providers import providers

DATA = Path(__file__).parent / "data"
OFFLINE = "offline"
# The day on which the prices of the file were read.
PRICED_AT = date(2026, 11, 22)
AMOUNTS = ("usd_in", "usd_out", "usd_cache_read", "usd_cache_write", "usd_batch_in", "usd_batch_out")
WRITES = "list", "person"


def known(model_id: str, kind: str = ListedModel.Kind.TEXT) -> ListedModel:
    """The row of a model that can be asked for texts (or what `kind` says); raises ModelGone with what to do."""
    rows = ListedModel.objects.filter(kind=kind).prefetch_related("price_list")
    model = rows.filter(model_id=model_id).first() if "\x00" not in model_id else None
    if model is None:
        usual = rows.exclude(status=ListedModel.Status.RETIRED)
        example = (usual.filter(provider=OFFLINE).first() or usual.first() or ListedModel(model_id=OFFLINE)).model_id
        raise ModelGone(
            f"unknown model {model_id[:100]!r}: choose one of the list in the AI settings, such as {example}"
        )
    if model.is_retired(timezone.localdate()):
        since = f" since {model.retires_at:%d %b %Y}" if model.retires_at else ""
        raise ModelGone(f"{model.model_id} is retired{since}: use {model.successor or 'another model'} instead")
    if model.provider not in providers:
        raise ModelGone(f"{model.model_id} is of {model.provider}, which cannot be asked yet: choose another model")
    return model


def listed(model_id: str) -> ListedModel:
    """The row of a model, whether it can still be asked or not; raises ModelGone where there is none."""
    return ListedModel.objects.prefetch_related("price_list").filter(model_id=model_id).first() or known(model_id)


def load(model: Any, price: Any) -> int:
    """Write the files into the tables `model` and `price` (ai.ListedModel and ai.Price, also historical ones).

    What a person or a provider's list wrote stays. Returns how many models the file has.
    """
    by_others = set(model.objects.filter(source__in=WRITES).values_list("model_id", flat=True))
    for row in _rows("models.csv"):
        if row["model_id"] not in by_others:
            model.objects.update_or_create(model_id=row["model_id"], defaults=_model_columns(row))
    pks = dict(model.objects.values_list("model_id", "pk"))
    for row in _rows("prices.csv"):
        day = date.fromisoformat(row["valid_from"])
        key = {"model_id": pks[row["model_id"]], "valid_from": day}
        if not price.objects.filter(**key, source__in=WRITES).exists():
            price.objects.update_or_create(**key, defaults=_price_columns(row))
    return sum(1 for _row in _rows("models.csv"))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _model_columns(row: dict[str, str]) -> dict[str, Any]:
    columns: dict[str, Any] = {**row, "source": "seed"}
    for name in ("context_tokens", "output_tokens"):
        columns[name] = int(row[name]) if row[name] else None
    columns["retires_at"] = date.fromisoformat(row["retires_at"]) if row["retires_at"] else None
    return columns


def _price_columns(row: dict[str, str]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: Decimal(row[name]) if row[name] else None for name in AMOUNTS}
    columns["above_tokens"] = int(row["above_tokens"]) if row["above_tokens"] else None
    for name in ("times_in", "times_out"):
        columns[name] = Decimal(row[name] or 1)
    return columns | {"read_at": PRICED_AT, "source": "seed"}
