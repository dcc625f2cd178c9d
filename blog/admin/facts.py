"""How the facts of a post are shown: the label in the list and its filter, the panel with highlights in the editor."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from unfold.contrib.filters.admin import DropdownFilter

from ai import grounding
from blog.grounding import mark_of, source_says, told
from blog.models import CHECKED, Post, PostQuerySet

PARTS = {
    "title": "Title",
    "body": "Body",
    "excerpt": "Excerpt",
    "seo_title": "SEO title",
    "seo_description": "SEO description",
}
VERDICTS = {"contradicted": "contradicted", "not_in_source": "not in the source", "supported": "supported"}
LABELS = {"contradicted": "danger", "open": "warning", "supported": "success", "none": "default"}


class FactsFilter(DropdownFilter):
    """Posts by what the check of their facts found."""

    title = "facts"
    parameter_name = "facts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("contradicted", "Has contradictions"),
            ("open", "Not all in the source"),
            ("supported", "All in the source"),
            ("none", "Nothing checked"),
        ]

    def queryset(self, request: HttpRequest, queryset: PostQuerySet) -> PostQuerySet:  # type: ignore[override]
        match self.value():
            case "contradicted":
                return queryset.contradicted()
            case "open":
                return queryset.filter(grounding__not_in_source__gt=0)
            case "supported":
                return queryset.filter(grounding__score=100)
            case "none":
                return queryset.filter(Q(grounding__score=None) | Q(grounding__score__isnull=True))
        return queryset


def label(post: Post) -> tuple[str, str]:
    """What the list says of a post's facts: a key of LABELS and the text."""
    found = post.grounding
    if found.get("score") is None:
        return "none", "-"
    if found["contradicted"]:
        wrong = len(post.contradictions)
        return "contradicted", "1 contradiction" if wrong == 1 else f"{wrong} contradictions"
    return "open" if found["not_in_source"] else "supported", f"{found['score']} %"


def panel(texts: dict[str, str], record: dict[str, Any]) -> str:
    """The panel's HTML for texts as they are typed, checked now; keys are those of PARTS."""
    found = grounding.check_all({name: texts.get(name, "") for name in CHECKED}, record)
    return render_to_string("admin/blog/post/facts.html", _context(texts, found, has_record=bool(record)))


def panel_of(post: Post) -> str:
    """The panel's HTML for a saved post; one that was never checked is checked now."""
    if not post.is_checked:
        post.check_facts()
        Post.objects.filter(pk=post.pk).update(grounding=post.grounding)
    texts = {name: getattr(post, name) for name in CHECKED}
    context = _context(texts, post.grounding, has_record=bool(post.snapshot))
    return render_to_string("admin/blog/post/facts.html", context)


def against(post: Post) -> dict[str, str]:
    """What stands between a draft and the site: the contradictions in words, and the mark that confirms them."""
    claims = post.contradictions
    return {"told": told(claims), "mark": mark_of(claims)} if claims else {}


def _context(texts: dict[str, str], found: dict[str, Any], *, has_record: bool) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"name": name, "label": text, "pieces": list(_pieces(name, texts[name], found["parts"][name]))}
        for name, text in PARTS.items()
        if found["parts"].get(name)
    ]
    pieces = [piece for part in parts for piece in part["pieces"] if piece["verdict"]]
    return {
        "has_record": has_record,
        "found": found,
        "total": sum(found[verdict] for verdict in VERDICTS),
        "parts": parts,
        "to_look_at": [
            {"verdict": verdict, "label": text, "pieces": [piece for piece in pieces if piece["verdict"] == verdict]}
            for verdict, text in VERDICTS.items()
        ],
    }


def _pieces(name: str, text: str, claims: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """A text cut at its claims. first and last count as the browser does, for which a line ends in one character."""
    done = breaks = 0
    for number, claim in enumerate(claims):
        start, end = claim["start"], claim["end"]
        yield {"text": text[done:start], "verdict": ""}
        breaks += text.count("\r\n", done, start)
        yield {
            "text": text[start:end],
            "verdict": claim["verdict"],
            "says": _sentence(claim),
            "told": source_says(claim),
            "kind": claim["kind"],
            "id": f"fact-{name}-{number}",
            "part": name,
            "label": PARTS[name].replace("Title", "title").replace("Excerpt", "excerpt"),
            "first": start - breaks,
            "last": end - breaks - text.count("\r\n", start, end),
        }
        breaks += text.count("\r\n", start, end)
        done = end
    yield {"text": text[done:], "verdict": ""}


def _sentence(claim: dict[str, Any]) -> str:
    """What the source says about a claim."""
    match claim["verdict"]:
        case "contradicted":
            return f"Contradicted: the record says {source_says(claim)}."
        case "supported":
            return f"Supported by the record: {source_says(claim)}."
    return "Not in the source: the record says nothing about it."
