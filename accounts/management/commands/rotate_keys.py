"""rotate_keys: encrypt everything that is stored encrypted with the first key of FERNET_KEYS."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction

from accounts import audit
from accounts.encryption import Secret, WrongKey


class Command(BaseCommand):
    help = (
        "Encrypts all stored keys again with the first key of FERNET_KEYS. "
        "Put the new key in front, restart, run this, then drop the old key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=100, help="rows in one transaction (default: 100)")

    def handle(self, *args: Any, **options: Any) -> None:
        done, closed = 0, []
        for model, field in secret_fields():
            for ids in in_batches(model, max(1, options["batch"])):
                count, wrong = reseal(model, field, ids)
                done += count
                closed += [f"{model._meta.label} {pk}" for pk in wrong]
        audit.record("rotate_keys", "keys.rotated", rows=done, closed=len(closed))
        self.stdout.write(f"{done} stored keys are now encrypted with the first key of FERNET_KEYS.")
        if closed:
            raise CommandError(
                f"{len(closed)} could not be opened with any key of FERNET_KEYS: {', '.join(closed[:20])}. "
                "Put the key that wrote them back into FERNET_KEYS and run this again, or enter those keys anew."
            )


def secret_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Every encrypted field of every model."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, Secret):
                yield model, field.name


def in_batches(model: type[models.Model], size: int) -> Iterator[list[Any]]:
    """The primary keys of all rows, `size` at a time, without opening a value."""
    last = None
    while True:
        rows = model._base_manager.order_by("pk")
        ids = list((rows.filter(pk__gt=last) if last is not None else rows).values_list("pk", flat=True)[:size])
        if not ids:
            return
        yield ids
        last = ids[-1]


def reseal(model: type[models.Model], field: str, ids: list[Any]) -> tuple[int, list[Any]]:
    """Write the rows again in one transaction; returns how many, and the ids that no key opens."""
    done, wrong = 0, []
    with transaction.atomic():
        for pk in ids:
            try:
                row = model._base_manager.select_for_update().filter(pk=pk).first()
            except WrongKey:
                wrong.append(pk)
                continue
            if row is not None:
                row.save(update_fields=[field])
                done += 1
    return done, wrong
