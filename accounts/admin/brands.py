"""Brands: who speaks, in which colours and fonts."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from accounts.forms import BrandForm
from accounts.models import Brand, Role
from accounts.scoping import TenantAdmin


@admin.register(Brand)
class BrandAdmin(TenantAdmin):
    """The brands of a workspace."""

    form = BrandForm
    delete_role = Role.OWNER
    list_display: ClassVar = ["name", "slug", "show_colours", "show_fonts", "time_zone"]
    search_fields: ClassVar = ["name", "slug"]
    search_help_text = "Search by name"
    prepopulated_fields: ClassVar = {"slug": ["name"]}
    empty_title = "No brand yet"
    empty_text = "A brand gives cards and pictures their colours and fonts."
    empty_button = "Add a brand"

    @display(description="Colours", empty_value="-")
    def show_colours(self, brand: Brand) -> str | None:
        swatches = format_html_join("", SWATCH, [(colour, colour) for colour in brand.colours])
        return format_html('<span class="pr-swatches">{}</span>', swatches) if brand.colours else None

    @display(description="Fonts", empty_value="-")
    def show_fonts(self, brand: Any) -> str | None:
        return ", ".join(brand.fonts) or None


SWATCH = (
    '<svg class="pr-swatch" role="img" aria-label="{}" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="3" fill="{}"/></svg>'
)
