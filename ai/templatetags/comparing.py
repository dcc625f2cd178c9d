"""Times, and facts that a source contradicts, in templates."""

from django import template

from jobs.overview import spell

register = template.Library()


@register.filter
def took(seconds: float | None) -> str:
    """How long a call took, for people: "3 min 5 s", "under 1 s", "–" where nobody knows."""
    if seconds is None:
        return "–"
    return spell(seconds) if seconds >= 1 else "under 1 s"
