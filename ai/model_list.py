"""The model list: rows seeded from ai/data/models.csv."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).parent / "data" / "models.csv"
# The day on which the prices of the file were read.
PRICED_AT = date(2026, 11, 22)


def seeds() -> list[dict[str, Any]]:
    """The rows of the file, as columns of ai.ListedModel."""
    with SEEDS.open(newline="", encoding="utf-8") as file:
        return [_columns(row) for row in csv.DictReader(file)]


def load(model: Any) -> int:
    """Write the file into the table of `model` (ai.ListedModel, also a historical one); returns how many rows."""
    rows = seeds()
    for row in rows:
        model.objects.update_or_create(model_id=row["model_id"], defaults=row)
    return len(rows)


def _columns(row: dict[str, str]) -> dict[str, Any]:
    columns: dict[str, Any] = {**row, "priced_at": PRICED_AT}
    for name in ("context_tokens", "output_tokens"):
        columns[name] = int(row[name]) if row[name] else None
    for name in ("usd_in_per_m", "usd_out_per_m"):
        columns[name] = Decimal(row[name]) if row[name] else None
    columns["retires_at"] = date.fromisoformat(row["retires_at"]) if row["retires_at"] else None
    return columns
