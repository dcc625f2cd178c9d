"""Amounts in templates."""

from decimal import Decimal

from django import template

from ai import showing

register = template.Library()


@register.filter
def usd(amount: Decimal) -> str:
    """An amount in USD for people."""
    return showing.usd(amount)


@register.filter
def number(count: int) -> str:
    """A number of tokens or calls for people."""
    return showing.number(count)
