"""Models come to an end: who relies on one, who is warned when, and how everything moves to its successor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts import audit, notices
from accounts.models import Membership, Tenant, User
from ai import choosing
from ai.model_list import known
from ai.models import Fallback, ListedModel, Lot, Preference
from integrations.errors import InvalidKey, ModelGone
from jobs.models import request_ref

WARN_DAYS = (60, 30, 7)


@dataclass(frozen=True)
class Reliance:
    """Rows that rely on a model: what they are, how many, and where they are seen."""

    words: str
    count: int
    app: str = ""
    table: str = ""

    @property
    def url(self) -> str:
        """The page that shows them, "" where there is none; only pages ask, for it loads them all."""
        if self.app in ("", "ai"):
            return reverse("ai_settings")
        try:
            return reverse(f"admin:{self.app}_{self.table}_changelist")
        except NoReverseMatch:
            return ""


def users_of(model: ListedModel, tenant: Tenant | None, *, by: User | None = None) -> list[Reliance]:
    """Everything that relies on a model, found through its related objects: rows of a workspace, or of all for None.

    With `by`, only that person's own wishes and not those of other members. A table may say which of its rows need
    the model with `objects.needing_model()` (finished work does not), and with `counted_as` what they are called.
    """
    found = []
    for relation in _relations():
        count = _rows(relation, model, tenant, by).count()
        if count:
            found.append(_reliance(relation, count))
    return found


def _reliance(relation: Any, count: int) -> Reliance:
    name = relation.related_model._meta
    one, many = getattr(relation.related_model, "counted_as", (name.verbose_name, name.verbose_name_plural))
    return Reliance(str(one if count == 1 else many), count, name.app_label, str(name.model_name))


def _relations() -> Iterator[Any]:
    """The tables that point at a model; its prices are part of it, and a trial is over when it is over."""
    for relation in ListedModel._meta.related_objects:
        if relation.on_delete is not models.CASCADE and relation.related_model._meta.model_name != "trial":
            yield relation


def _rows(relation: Any, model: ListedModel, tenant: Tenant | None, by: User | None = None) -> models.QuerySet[Any]:
    return _relying(relation, tenant, by).filter(**{relation.field.name: model.model_id})


def _relying(relation: Any, tenant: Tenant | None, by: User | None) -> models.QuerySet[Any]:
    manager = relation.related_model._default_manager
    rows = manager.needing_model() if hasattr(manager, "needing_model") else manager.all()
    return rows if tenant is None else rows.filter(_of(relation.related_model, tenant, by)).distinct()


def _of(row: type[models.Model], tenant: Tenant, by: User | None) -> models.Q:
    """The rows of a workspace; a person's wish belongs to each workspace the person is in."""
    wish = {Preference: "", Fallback: "preference__"}.get(row)  # type: ignore[call-overload]
    if wish is None:
        return models.Q(tenant=tenant)
    people = [by] if by else Membership.objects.filter(tenant=tenant).values("user")
    return models.Q(**{f"{wish}tenant": tenant}) | models.Q(**{f"{wish}user__in": people})


def due(model: ListedModel) -> int | None:
    """Which warning is due today: 60, 30 or 7 days ahead, the nearest; None when there are more days left."""
    assert model.retires_at
    left = (model.retires_at - timezone.localdate()).days
    return min((days for days in WARN_DAYS if left <= days), default=None)


def warn() -> int:
    """Tell people about models that retire within 60, 30 and 7 days, once each; returns how many were told.

    Owners hear of everything in their workspace that relies on it, others of their own preference.
    """
    told = 0
    for model in ListedModel.objects.retiring(timezone.localdate()):
        days = due(model)
        if days is None:
            continue
        heard = set()
        for tenant in Tenant.objects.all():
            if found := users_of(model, tenant):
                for owner in tenant.owners():
                    heard.add(owner.pk)
                    told += _tell(owner, tenant, model, days, found)
        for person in _fond_of(model):
            if person.pk not in heard:
                told += _tell(person, None, model, days, [Reliance("preference of yours", 1)])
    return told


def _tell(user: User, tenant: Tenant | None, model: ListedModel, days: int, found: list[Reliance]) -> bool:
    assert model.retires_at
    where = ", ".join(f"{row.count} {row.words}" for row in found)
    if not model.successor:
        cure = "Choose another model under AI settings."
    elif tenant:
        cure = f"Try {model.successor} on your last texts, then switch."
    else:
        cure = f"Choose {model.successor} or another model under AI settings."
    return bool(
        notices.tell(
            user,
            f"{model.label} retires on {model.retires_at:%d %b %Y}",
            tenant=tenant,
            level="warning",
            body=f"What relies on it here: {where}. After that day it is refused, nothing is swapped by itself. {cure}",
            link=f"/admin/settings/models/{model.pk}/switch",
            key=f"model-retires:{model.model_id}:{model.retires_at}:{days}:{tenant.pk if tenant else 'own'}",
        )
    )


def _fond_of(model: ListedModel) -> list[User]:
    wishes = models.Q(ai_preference__model=model.model_id) | models.Q(ai_preference__fallbacks__model=model.model_id)
    return list(User.objects.filter(wishes, is_active=True).distinct())


def switch(model: ListedModel, *, tenant: Tenant, by: User) -> list[Reliance]:
    """Move what relies on a model in a workspace to its successor; returns what was moved.

    A person's own wish moves when it is theirs (`by`), others keep their choice and are warned. What waits for answers
    of the old model, or whose person has no key for the new one, stays. Raises ModelGone when there is no successor
    that can be asked.
    """
    successor = successor_of(model)
    moved = []
    with transaction.atomic():
        for relation in _relations():
            rows = [row for row in _rows(relation, model, tenant, by) if _may_move(row, model, successor)]
            for row in rows:
                _move(row, relation.field, successor)
            if rows:
                moved.append(_reliance(relation, len(rows)))
        if moved:
            what = {f"{row.app}.{row.table}": row.count for row in moved}
            audit.record(by, "model.switched", tenant=tenant, target=model.model_id, to=successor.model_id, moved=what)
    return moved


def successor_of(model: ListedModel) -> ListedModel:
    """The row of a model's successor; raises ModelGone, with the next step, when there is none that can be asked."""
    if not model.successor:
        raise ModelGone(f"No successor is named for {model.model_id}: choose another model under AI settings")
    return known(model.successor)


def _may_move(row: Any, model: ListedModel, successor: ListedModel) -> bool:
    """Whether a row can go on with the successor; whose key pays is decided anew where the provider is another."""
    if Lot.objects.at_the_vendor().filter(origin=request_ref(row)).exists():
        return False  # its answers are on the way, and paid
    if hasattr(row, "key_owner") and successor.provider != model.provider:
        try:
            row.key_owner = choosing.key_owner(successor.model_id, row.user, row.tenant)
        except InvalidKey:
            return False
    return True


def _move(row: Any, field: Any, successor: ListedModel) -> None:
    if isinstance(row, Fallback) and row.preference.fallbacks.filter(model=successor).exists():
        row.delete()  # the chain has the successor already
        return
    setattr(row, field.attname, successor.model_id)
    row.save(update_fields=[field.name, *(["key_owner"] if hasattr(row, "key_owner") else [])])


def soon(tenant: Tenant, user: User) -> list[tuple[ListedModel, int, list[Reliance]]]:
    """Models that have retired, or will within 60 days, and that the workspace or the person relies on.

    Each with the days left (0 or less: it is refused already) and by what; the first to end first.
    """
    used: set[str] = set()
    for relation in _relations():
        used.update(filter(None, _relying(relation, tenant, user).values_list(relation.field.attname, flat=True)))
    today = timezone.localdate()
    ends = models.Q(retires_at__lte=today + timedelta(days=WARN_DAYS[0])) | models.Q(status=ListedModel.Status.RETIRED)
    near = ListedModel.objects.filter(ends, model_id__in=used).order_by("retires_at", "pk")
    return [(model, days_left(model, today), users_of(model, tenant, by=user)) for model in near]


def days_left(model: ListedModel, today: date) -> int:
    """How many days a model that retires can still be asked; 0 or less for one that is retired."""
    left = (model.retires_at - today).days if model.retires_at else 0
    return min(left, 0) if model.is_retired(today) else left
