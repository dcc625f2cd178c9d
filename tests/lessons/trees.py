"""Documents to test with: written by hand in short, and made by hypothesis, valid ones and what only looks like one."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lessons.documents.nodes import ALIASES, MARKS, NODES

Json = Any
BREAK = {"type": "hardBreak"}
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
bounded = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=SLOW)


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "content": list(content)}


def text(words: Any, *marks: str, **link: Any) -> dict[str, Any]:
    """A text with these marks, in their order; attributes are those of a link, which comes first."""
    dressed = ([{"type": "link", "attrs": link}] if link else []) + [{"type": mark} for mark in marks]
    return {"type": "text", "text": words, **({"marks": dressed} if dressed else {})}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind}
    if attrs:
        made["attrs"] = attrs
    if content:
        made["content"] = list(content)
    return made


def p(*content: Any) -> dict[str, Any]:
    return node("paragraph", *(text(one) if isinstance(one, str) else one for one in content))


def nested(kind: str, depth: int, inner: Any) -> Any:
    for _level in range(depth):
        inner = node(kind, inner)
    return inner


UNKNOWN = ("image", "table", "tableCell", "taskItem", "mention", "callout", "Paragraph", "", "__proto__", "x" * 300)
HREFS = (
    "https://example.com/?a=1&copy=2",
    "http://example.com/a_b*c(d)[e]",
    "https://example.com/a\\b<c>\"'`",
    "mailto:a@example.com",
    "/lessons/7",
    "#part",
    "",
    "javascript:alert(1)",
    " https://example.com",
    "//evil.example",
    "/\\evil.example",
)
# What means something to Markdown, HTML, databases or the splitting of lines.
NASTY = (
    *("", " ", "\n", "a\nb", "\r\n", "\x00", "a\x00b", "\ud800", "x\udfffy", "\ufeff", "\u2028", "\x85", "\x0b", "\t"),
    *("    four", "# head", "#", "C #", "C# ##", "- item", "-", "+ plus", "* star", "1. one", "2) two", "> quote"),
    *("---", "- - -", "***", "===", "=", "|a|b|", "|---|", "~~~", "~~gone~~", "```", "``", "`", "`a`", "**b**", "*"),
    *("_", "__init__", "snake_case", "\\", "a\\", "\\\\", "[a](b)", "[a]: /b", "![a](b)", "!", "look!", "]", "(", ")."),
    *(
        "<b>",
        "</p>",
        "<script>alert(1)</script>",
        "<!--",
        "-->",
        "&amp;",
        "&#35;",
        "&",
        "<https://a.example>",
        ":",
        "{",
    ),
    *("https://a.example", "「強調」", "🎉", "é", "\u0301", "a b", " a ", "end.", "“quoted”", "$x$", "^", "'", '"'),
)

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(alphabet="ab .*_`~\\[]()<>&#!-+=|1\n\t", max_size=12),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=8),
    st.lists(st.sampled_from(NASTY), max_size=4).map("".join),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
_keys = st.sampled_from(
    ["type", "content", "text", "marks", "attrs", "href", "level", "blocks", "kind", "runs", "items"]
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | _keys, inner, max_size=4),
    max_leaves=12,
)

good_marks = st.lists(
    st.sampled_from([{"type": name} for name in MARKS if name != "link"])
    | st.sampled_from(HREFS).map(lambda href: {"type": "link", "attrs": {"href": href}}),
    max_size=3,
)
any_marks = st.one_of(
    good_marks,
    st.lists(st.sampled_from([{"type": "strong"}, {"type": "em"}, {"type": "highlight"}, {"type": "link"}, "bold"])),
    anything,
)
any_attrs = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "level": scalars | st.integers(-1, 8),
            "language": scalars | st.sampled_from(["python", "C++", 'x" onclick="', "a b"]),
            "start": scalars | st.integers(0, 12),
            "href": scalars,
        },
    ),
    anything,
)


def _nodes(kinds: tuple[str, ...], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A node of one of these kinds with these children, with attributes that need not fit."""
    return st.fixed_dictionaries(
        {"type": st.sampled_from(kinds), "content": st.lists(inner, max_size=4)}, optional={"attrs": any_attrs}
    )


def _text(marks: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"type": st.just("text"), "text": texts, "marks": marks})


KNOWN = (*(name for name in NODES if name != "doc"), *(name for name in ALIASES if name not in ("strong", "em")))

# Whatever somebody may post: any names in any nesting, with any JSON between.
wild = st.recursive(
    st.one_of(_text(any_marks), _text(good_marks), st.just(BREAK), anything),
    lambda inner: _nodes(KNOWN, inner) | _nodes((*KNOWN, *UNKNOWN, "doc", "text"), inner),
    max_leaves=20,
)
wild_documents = st.one_of(
    st.lists(_nodes(KNOWN, wild), min_size=1, max_size=5).map(lambda content: {"type": "doc", "content": content}),
    st.lists(wild, min_size=1, max_size=5).map(lambda content: {"type": "doc", "content": content}),
    _nodes((*KNOWN, *UNKNOWN), wild),
    anything,
)


def long_ways(depth: int) -> st.SearchStrategy[Any]:
    """A document with one long way down, with something beside the way on each level."""

    def wrapped(kinds: list[str], beside: list[Any], inner: Any) -> Json:
        for kind, other in zip(kinds, beside, strict=True):
            inner = {"type": kind, "content": [other, inner]}
        return {"type": "doc", "content": [inner]}

    kinds = st.lists(st.sampled_from((*KNOWN, "callout")), min_size=depth, max_size=depth)
    others = st.lists(st.none() | _text(good_marks) | st.just(BREAK), min_size=depth, max_size=depth)
    return st.builds(wrapped, kinds, others, wild)


# Documents as an editor or a friendly model makes them, of which hardly anything is lost.
_inline = _text(good_marks) | st.just(BREAK)
_prose = _nodes(("paragraph", "paragraph", "heading"), _inline)
_code = st.fixed_dictionaries(
    {"type": st.just("codeBlock"), "content": st.lists(_text(st.just([])), max_size=3)},
    optional={"attrs": st.fixed_dictionaries({"language": st.sampled_from(["python", "c++", None])})},
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    item = _nodes(("listItem",), inner)
    return st.one_of(_nodes(("bulletList", "orderedList"), item), _nodes(("blockquote",), inner))


blocks = st.recursive(_prose | _code | st.just({"type": "horizontalRule"}), _containers, max_leaves=12)
tame_documents = st.lists(blocks, min_size=1, max_size=5).map(lambda content: {"type": "doc", "content": content})


@st.composite
def told_documents(draw: st.DrawFn) -> tuple[Json, list[str]]:
    """A document of known names, nested as it comes, and its words in order: each text is a word of its own."""
    words: list[str] = []
    left = [25]

    def grown(depth: int) -> Json:
        left[0] -= 1
        if left[0] < 0 or depth > 12 or draw(st.booleans()):
            words.append(f"w{len(words)}w")
            return {"type": "text", "text": words[-1], "marks": draw(good_marks)}
        kind = draw(st.sampled_from(KNOWN))
        return {"type": kind, "content": [grown(depth + 1) for _ in range(draw(st.integers(0, 3)))]}

    return {"type": "doc", "content": [grown(1) for _ in range(draw(st.integers(0, 4)))]}, words


# Flat blocks, as a model is asked for.
runs = st.fixed_dictionaries(
    {"text": texts},
    optional={
        "bold": st.booleans(),
        "italic": st.booleans(),
        "code": st.booleans(),
        "href": st.none() | st.sampled_from(HREFS) | texts,
    },
)
_kinds = st.sampled_from(
    ["paragraph", "heading", "bullets", "numbered", "code", "quote", "divider", "list", "code_block"]
)
flat_blocks = st.fixed_dictionaries(
    {"kind": _kinds},
    optional={
        "level": st.integers(),
        "language": st.none() | texts | st.just("python"),
        "runs": st.none() | texts | runs | st.lists(texts | runs, max_size=4),
        "items": st.none() | st.lists(texts | runs | st.lists(texts | runs, max_size=3), max_size=4),
    },
)
answers = st.fixed_dictionaries({"blocks": st.lists(flat_blocks, max_size=6)})
wild_answers = st.one_of(
    answers,
    anything,
    st.fixed_dictionaries({"blocks": st.lists(flat_blocks | anything, max_size=4) | anything}),
    st.fixed_dictionaries(
        {"blocks": st.lists(st.fixed_dictionaries({"kind": _kinds | texts, "runs": anything, "items": anything}))}
    ),
)
