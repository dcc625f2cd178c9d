"""The admin of rows that belong to a workspace: only its rows, and by role."""

from typing import Any, ClassVar

from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.sites import AdminSite
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import Role, Tenant


class RoleAdmin(ModelAdmin):
    """Permissions by role in the workspace instead of Django's: a Role, or None for never."""

    view_role: ClassVar[Role | None] = Role.VIEWER
    add_role: ClassVar[Role | None] = Role.EDITOR
    change_role: ClassVar[Role | None] = Role.EDITOR
    delete_role: ClassVar[Role | None] = None

    def has_role(self, request: HttpRequest, role: Role | None) -> bool:
        """Whether the person's role in the workspace they are in includes `role`."""
        mine = getattr(request, "role", None)
        return role is not None and mine is not None and request.user.is_active and mine.includes(role)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, Role.VIEWER)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.view_role) and self.is_here(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, self.add_role)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.change_role) and self.is_here(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.delete_role) and self.is_here(request, obj)

    def is_here(self, request: HttpRequest, obj: Any) -> bool:
        """Whether a row may be touched from where the person is."""
        return True


class TenantAdmin(RoleAdmin):
    """For models with a `tenant` foreign key: rows of the workspace the person is in, and no others.

    This holds for superusers too: they see the workspace they chose in the switcher.
    """

    exclude: Any = None

    def __init__(self, model: type[models.Model], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        self.exclude = tuple({*(self.exclude or ()), "tenant"})

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Filters by a relation offer only what belongs to the workspace."""
        return [
            (name, RelatedHere) if isinstance(name, str) and self._is_relation(name) else name
            for name in super().get_list_filter(request)
        ]

    def _is_relation(self, name: str) -> bool:
        return any(field.name == name and field.is_relation for field in self.model._meta.get_fields())

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        tenant = getattr(request, "tenant", None)
        rows = super().get_queryset(request)
        return rows.filter(tenant=tenant) if tenant is not None else rows.none()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, or None; PostgreSQL cannot even be asked for an id with a NUL in it."""
        return None if "\x00" in object_id else super().get_object(request, object_id, from_field)

    def is_here(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or obj._state.adding or obj.tenant_id == request.tenant.pk

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.tenant = request.tenant
        super().save_model(request, obj, form, change)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; it knows the workspace when it validates, so that a name taken there is a message and no crash."""
        base = super().get_form(request, obj, change=change, **kwargs)
        tenant = request.tenant

        class TenantForm(base):  # type: ignore[misc,valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                if self.instance.tenant_id is None:
                    self.instance.tenant = tenant

            def _get_validation_exclusions(self) -> set[str]:
                return super()._get_validation_exclusions() - {"tenant"}

        return TenantForm

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", rows_to_choose(db_field, request))
        if kwargs["queryset"] is None:
            del kwargs["queryset"]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", rows_to_choose(db_field, request))
        if kwargs["queryset"] is None:
            del kwargs["queryset"]
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def rows_to_choose(db_field: Any, request: HttpRequest) -> models.QuerySet[Any] | None:
    """What a relation may point at: rows of the workspace, or its members; None for anything else."""
    related = db_field.remote_field.model
    tenant = getattr(request, "tenant", None)
    if related is Tenant:
        return Tenant.objects.filter(pk=tenant.pk) if tenant else Tenant.objects.none()
    names = {field.name for field in related._meta.get_fields()}
    lookup = "tenant" if "tenant" in names else "memberships__tenant" if "memberships" in names else None
    if lookup is None:
        return None
    rows = related._default_manager
    return rows.filter(**{lookup: tenant}) if tenant else rows.none()


class RelatedHere(RelatedFieldListFilter):
    """A filter by relation whose choices are those of the workspace."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        rows = rows_to_choose(field, request)
        if rows is None:
            return super().field_choices(field, request, model_admin)
        return [(row.pk, str(row)) for row in rows]


def row_id(text: str | None) -> int:
    """A row's id or position out of an address or a form, 0 for anything else; longer ones fit no database."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
