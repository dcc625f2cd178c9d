"""Addresses that are secrets themselves, as those of incoming webhooks: their form, and keeping them out of words."""

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from integrations.addresses import Guard, Target
from integrations.errors import AddressRefused, InvalidKey

SHORTEST_SECRET = 4  # a shorter one would take ordinary words out


def checked(url: str, hosts: Collection[str], path: re.Pattern[str], guard: Guard, problem: str) -> str:
    """The address without a slash at its end, if it has the form: https, one of these hosts, this path, no more.

    Another host will do where an operator has allowed that one. Raises InvalidKey(problem); the address is in no error.
    """
    try:
        target, parts = guard.read(url), urlsplit(url.strip())
    except AddressRefused:
        raise InvalidKey(problem) from None
    at_home = (target.scheme, target.port) == ("https", 443) and target.host in hosts
    has_form = path.fullmatch(parts.path.rstrip("/")) and not parts.query and not parts.fragment
    if not has_form or not (at_home or is_listed(target, guard)):
        raise InvalidKey(problem)
    return url.strip().rstrip("/")


def is_listed(target: Target, guard: Guard) -> bool:
    """Whether an operator has named this host or the network of its addresses. Raises Unreachable if it has none."""
    if (target.host, None) in guard.names or (target.host, target.port) in guard.names:
        return True
    if not guard.networks:
        return False
    try:
        found = [ip_address(one) for one in guard.resolve(target)]
    except AddressRefused:
        return False
    return all(any(one in network for network in guard.networks) for one in found)


def hidden(words: str, *secrets: str) -> str:
    """The words with *** in the place of secrets, also where they are written as a part of an address."""
    forms = {form for one in secrets for form in (one, quote(one), quote(one, safe=""))}
    for form in sorted(forms, key=len, reverse=True):
        if len(form) >= SHORTEST_SECRET:
            words = re.sub(re.escape(form), "***", words, flags=re.IGNORECASE)  # %3A is %3a too
    return words
