"""Link tags: which post brought a visitor, told by parameters in the address (utm_source, utm_medium, utm_campaign)."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LINK = re.compile(r"https?://[^\s<>\"'“”„]+", re.IGNORECASE)
TRAILING = ".,;:!?)]}»…"


def tagged(text: str, *, source: str, campaign: str) -> str:
    """A text whose links have the three parameters; links that have a utm_source already stay as they are."""

    def tag(found: re.Match[str]) -> str:
        link = found[0].rstrip(TRAILING)
        if link.endswith("/") and found[0][len(link) :].startswith(")"):
            link = link.rstrip(TRAILING)
        return with_tags(link, source, campaign) + found[0][len(link) :]

    return LINK.sub(tag, text)


def with_tags(link: str, source: str, campaign: str) -> str:
    """One link with its parameters, before the fragment; what is no address stays as it is."""
    try:
        parts = urlsplit(link)
        there = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return link
    if not parts.hostname or any(name == "utm_source" for name, _value in there):
        return link
    tags = {"utm_source": source, "utm_medium": "social"} | ({"utm_campaign": campaign} if campaign else {})
    query = "&".join(filter(None, (parts.query, urlencode(tags))))
    return urlunsplit(parts._replace(query=query))
