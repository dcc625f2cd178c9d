"""Documents as HTML and as Markdown: every character arrives, in the same look and place, and nothing else does."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lessons.documents import EMPTY, normalise, plain_text, to_html, to_markdown
from lessons.documents.rendering import ATTRIBUTES, TAGS
from tests.lessons import trees
from tests.lessons.trees import BREAK, bounded, doc, node, p, text

REL = 'rel="nofollow ugc noopener noreferrer"'
# It stops at ten lists in one another; documents of ours may have more than ten levels of quotes and lists.
COMMONMARK = MarkdownIt("commonmark", {"maxNesting": 200}).enable("strikethrough")
GITHUB = MarkdownIt("gfm-like", {"maxNesting": 200, "linkify": False}).disable("linkify")


class Reader(HTMLParser):
    """Each character of a page that is no blank, with the tags around it; and all tags and attributes."""

    BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr", "br")

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.chars: list[tuple[str, frozenset[str], tuple[str, ...]]] = []
        self.words = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.around: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.words += "\n" if tag in self.BLOCKS else ""
        if tag not in ("hr", "br"):
            self.around.append((tag, dict(attrs).get("href") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.words += "\n" if tag in self.BLOCKS else ""
        assert self.around.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        named = [(("s" if tag == "del" else tag), href) for tag, href in self.around]
        looks = frozenset(f"{tag} {_bare(href)}" for tag, href in named if tag in ("strong", "em", "s", "a", "code"))
        places = tuple(tag for tag, _href in named if tag in self.BLOCKS and tag != "p")
        self.chars += [(char, looks, places) for char in data if not char.isspace()]


def _bare(href: str) -> str:
    """An address as both renderers write it: they encode different characters."""
    return re.sub(r"%[0-9A-F]{2}|[^a-z0-9]", "", href.lower(), flags=re.IGNORECASE)


def page(document: Any) -> Reader:
    return Reader(to_html(document))


def words(document: Any) -> list[str]:
    return plain_text(document).split()


# HTML


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (p(), "<p></p>"),
        (p("a"), "<p>a</p>"),
        *((node("heading", text("a"), level=level), f"<h{level}>a</h{level}>") for level in range(1, 7)),
        (node("bulletList", node("listItem", p("a"))), "<ul><li><p>a</p></li></ul>"),
        (node("orderedList", node("listItem", p("a"))), "<ol><li><p>a</p></li></ol>"),
        (node("orderedList", node("listItem", p("a")), start=3), '<ol start="3"><li><p>a</p></li></ol>'),
        (node("blockquote", p("a"), p("b")), "<blockquote><p>a</p><p>b</p></blockquote>"),
        (node("horizontalRule"), "<hr>"),
        (p("a", BREAK, "b"), "<p>a<br>b</p>"),
        (node("codeBlock", text("\na\n  <b>\n")), "<pre><code>\na\n  &lt;b&gt;\n</code></pre>"),
        (node("codeBlock", language="c++"), '<pre><code class="language-c++"></code></pre>'),
        (p(text("a", "bold")), "<p><strong>a</strong></p>"),
        (p(text("a", "italic")), "<p><em>a</em></p>"),
        (p(text("a", "strike")), "<p><s>a</s></p>"),
        (p(text("a", "underline")), "<p><u>a</u></p>"),
        (p(text("a", "code")), "<p><code>a</code></p>"),
        (p(text("a", "bold", "italic")), "<p><strong><em>a</em></strong></p>"),
        (p(text("a", href="/b?c=1&d=2")), f'<p><a href="/b?c=1&amp;d=2" {REL}>a</a></p>'),
        (p(text("a", "bold", href="/b")), f'<p><a href="/b" {REL}><strong>a</strong></a></p>'),
        (p("&amp; <b> \" ' >"), "<p>&amp;amp; &lt;b&gt; \" ' &gt;</p>"),
    ],
)  # fmt: skip
def test_every_node_and_mark_has_its_html(block, html):
    document, _changes = normalise(doc(block))
    assert to_html(document) == html


def test_headings_move_down():
    document = doc(*(node("heading", text("a"), level=level) for level in range(1, 7)))
    assert re.findall(r"<(h\d)>", to_html(document, below=1)) == ["h2", "h3", "h4", "h5", "h6", "h6"]
    assert re.findall(r"^#+", to_markdown(document, below=2), re.MULTILINE) == ["###", "####", "#####", *["######"] * 3]


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</code></pre><svg onload=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "https://a.example/\"><script>alert(1)</script>",
    "https://a.example/?\"onclick=alert(1)//",
    "/a'onclick='alert(1)",
    "<style>*{x:expression(alert(1))}</style>",
    "<math><mi><table><mglyph><style><img src=x onerror=alert(1)>",
]  # fmt: skip


def harmless(html: str) -> None:
    read = Reader(html)
    assert {tag for tag, _attrs in read.tags} <= TAGS
    for tag, attrs in read.tags:
        assert set(attrs) <= ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        assert re.match(r"https?://|mailto:|[/#](?![/\\])", attrs.get("href") or "/", re.IGNORECASE)
        assert re.fullmatch(r"language-[a-z0-9+#.-]{1,30}", attrs.get("class") or "language-a")


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_only_text(attack):
    given = doc(
        p(attack, text(attack, "bold"), text("link", href=attack), text(attack, "code")),
        node("heading", text(attack), level=2),
        node("codeBlock", text(attack), language=attack),
        node("orderedList", node("listItem", p(attack)), start=attack),
        node(attack, text(attack), level=attack),
    )
    document, _changes = normalise(given)
    html = to_html(document)
    harmless(html)
    assert html == nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel="nofollow ugc noopener noreferrer")
    assert page(document).words.split() == words(document)
    harmless(nh3.clean(COMMONMARK.render(to_markdown(document)), tags=TAGS, attributes=ATTRIBUTES, link_rel=None))
    assert Reader(COMMONMARK.render(to_markdown(document))).words.split() == words(document)


def test_html_is_harmless_even_of_what_was_stored_by_another_hand():
    """The second line: nh3 takes what our own renderer would have let through."""
    html = to_html(doc(p(text("a", href="javascript:alert(1)")), node("codeBlock", language='a" onclick="b')))
    assert html == f"<p><a {REL}>a</a></p><pre><code></code></pre>"


@bounded
@given(trees.wild_documents | trees.tame_documents)
def test_html_holds_the_words_and_allowed_tags_only(given):
    document, _changes = normalise(given)
    harmless(to_html(document))
    assert page(document).words.split() == words(document)


# Markdown


def markdown(*blocks: Any) -> str:
    """As Markdown, which must mean the same as our HTML."""
    document, _changes = normalise(doc(*blocks))
    same(document)
    return to_markdown(document)


def same(document: Any) -> None:
    written = to_markdown(document)
    ours = page(document)
    for read in (Reader(COMMONMARK.render(written)), Reader(GITHUB.render(written))):
        assert read.words.split() == ours.words.split() == words(document), written
        assert read.chars == ours.chars, written


def item(*content: Any) -> dict[str, Any]:
    return node("listItem", *content)


def test_structure_in_markdown():
    assert markdown(
        node("heading", text("Title #"), level=2),
        p("one", BREAK, "two"),
        node("horizontalRule"),
        node("blockquote", p("a"), node("bulletList", item(p("b")), item(p("c")))),
        node("codeBlock", text("x = 1\n\ny = `2`\n"), language="python"),
    ) == (
        "## Title \\#\n\none\\\ntwo\n\n***\n\n> a\n>\n> - b\n> - c\n\n```python\nx = 1\n\ny = `2`\n```"
    )  # fmt: skip


def test_lists_in_markdown():
    inner = node("orderedList", item(p("b")), item(p("c"), node("codeBlock", text("d\n\n  e"))), start=9)
    bullets, numbers = node("bulletList", item(p("h"))), node("orderedList", item(p("i")))
    assert markdown(node("bulletList", item(p("a"), inner), item(p("f"), p("g"))), bullets) == (
        "- a\n\n  9. b\n  10. c\n\n      ```\n      d\n\n        e\n      ```\n- f\n\n  g\n\n<!-- -->\n\n- h"
    )
    assert markdown(bullets, numbers) == "- h\n\n1. i"
    assert markdown(numbers, p(), numbers) == "1. i\n\n<!-- -->\n\n1. i"


def test_lists_of_items_without_text():
    assert markdown(node("bulletList", item(p()), item(p("a")), item(p()), item(p("b")))) == "-\n- a\n-\n- b"
    assert markdown(node("bulletList", item(p(), node("bulletList", item(p("a")))))) == "- - a"
    assert markdown(node("orderedList", item(p(), node("codeBlock", text("a"))))) == "1. ```\n   a\n   ```"
    rule = doc(node("bulletList", item(p(), node("horizontalRule"))))
    assert COMMONMARK.render(to_markdown(rule)) == "<ul>\n<li>\n<hr />\n</li>\n</ul>\n"


@pytest.mark.parametrize("code", ["", "a", "a\n", "a\n\n", "\n", "```\nb\n````", "~~~", "  a\n\tb", "- a", "a  \n b"])
def test_code_keeps_its_lines(code):
    block = node("codeBlock", *([text(code)] if code else []), language="c++")
    quote = node("blockquote", p("y"), block)
    for wrapped in (block, quote, node("bulletList", item(p("x"), quote))):
        document = doc(wrapped)
        same(document)
        kept = re.search(r"<code[^>]*>(.*)</code>", COMMONMARK.render(to_markdown(document)), re.DOTALL)
        assert kept
        assert unescape(kept[1]).removesuffix("\n") == code.removesuffix("\n")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("# a", "\\# a"),
        ("#1", "\\#1"),
        ("- a", "\\- a"),
        ("+ a", "\\+ a"),
        ("1. a", "1\\. a"),
        ("12) a", "12\\) a"),
        ("> a", "\\> a"),
        ("===", "\\==="),
        ("---", "\\---"),
        ("***", "\\*\\*\\*"),
        ("|a|", "\\|a\\|"),
        ("~~~", "\\~\\~\\~"),
        ("```", "\\`\\`\\`"),
        ("<b>a</b>", "\\<b\\>a\\</b\\>"),
        ("<!-- a -->", "\\<!-- a --\\>"),
        ("&amp; &#35;", "\\&amp; \\&#35;"),
        ("[a](b) [c]: d", "\\[a\\](b) \\[c\\]: d"),
        ("snake_case", "snake\\_case"),
        ("a\\", "a\\\\"),
        ("    a", "a"),
        ("\ta", "a"),
        ("C# is - a + b = 1. of", "C# is - a + b = 1. of"),
    ],
)
def test_what_would_be_markdown_is_text(given, expected):
    assert markdown(p(given)) == expected
    assert markdown(p("a", BREAK, given, BREAK, given)) == f"a\\\n{expected}\\\n{expected}"
    markdown(node("bulletList", item(p(given)), item(p("a", BREAK, given))), node("blockquote", p(given)))
    for level in (1, 6):
        markdown(node("heading", text(given), level=level), node("heading", text(f"a {given}"), BREAK, text(given)))
    for mark in ("bold", "italic", "strike", "code"):
        markdown(p(text(given, mark)), p("a", text(given, mark), "b"))
    markdown(p("a", text(given, href="/b"), given))


def test_line_breaks_at_the_ends():
    assert markdown(p("a", BREAK)) == "a"
    assert markdown(p("a", BREAK, BREAK, "b", BREAK, " ", BREAK)) == "a\\\n\\\nb"
    assert markdown(p(BREAK, "a")) == "\\\na"
    assert markdown(p("a\\", BREAK, "b\\")) == "a\\\\\\\nb\\\\"
    assert markdown(node("heading", text("a"), BREAK, text("# b"), BREAK, level=1)) == "# a \\# b"
    assert markdown(p("a", BREAK, "\xa0")) == "a"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([text("a", "bold")], "**a**"),
        ([text("a", "italic")], "*a*"),
        ([text("a", "bold", "italic")], "***a***"),
        ([text("a", "strike")], "~~a~~"),
        ([text("a", "bold", "strike")], "**~~a~~**"),
        ([text("a", "underline")], "a"),
        ([text("a", "bold"), text("b", "bold", "underline")], "**ab**"),
        ([text("a"), text(" b ", "bold"), text("c")], "a **b** c"),
        ([text("a"), text(" ", "bold"), text("c")], "a c"),
        ([text("a"), text("b", "bold"), text("c")], "a**b**c"),
        ([text("a"), text("(b)", "bold"), text("c")], "&#97;**(b)**&#99;"),
        ([text("Note:", "bold"), text("it")], "**Note:**&#105;t"),
        ([text("「強調」", "bold"), text("する")], "**「強調」**&#12377;る"),
        ([text("a", "bold"), text("b", "bold", "italic")], "**a**___b___"),
        ([text("a", "bold"), text("b", "italic"), text("c", "bold"), text("d")], "**a**_b_**c**d"),
        ([text("a", "bold"), text("b", "italic"), text("c")], "**a**_b_&#99;"),
        ([text("a", "strike"), text("b", "strike", "bold")], "~~a~~**~~b~~**"),
        ([text("a", href="/b")], "[a](</b>)"),
        ([text("look!"), text("a", "bold", href="/b")], "look\\![**a**](</b>)"),
        ([text("a", href="/b"), text("c", href="/d"), text("(e)")], "[a](</b>)[c](</d>)(e)"),
        ([text("]", "italic", href="https://a.example/?b=1&copy;=2&c=\\<>")], "[*\\]*](<https://a.example/?b=1\\&copy;=2&c=\\\\\\<\\>>)"),
        ([text("a", "code")], "`a`"),
        ([text("`", "code"), text("`")], "`` ` ``\\`"),
        ([text(" a`` ", "code")], "```  a``  ```"),
        ([text(" ", "code"), text("a")], "` `a"),
        ([text("\\*&amp;<b>", "code")], "`\\*&amp;<b>`"),
        ([text("a", "bold"), text("b", "code"), text("c", "bold")], "**a**`b`**c**"),
    ],
)  # fmt: skip
def test_looks_in_markdown(given, expected):
    assert markdown(p(*given)) == expected


@pytest.mark.parametrize("document", [EMPTY, doc(p(), p(" ")), doc(p(BREAK))])
def test_nothing_is_nothing(document):
    assert to_markdown(document) == ""
    assert plain_text(document) == ""


@bounded
@given(trees.tame_documents)
@example(doc(p(text("a", "bold"), text("b", "italic", "bold"), text(".", "italic"), text("c"))))
@example(doc(node("bulletList", node("listItem", p("a"), node("codeBlock", text("\n\n  b"))))))
def test_markdown_means_the_same_as_the_html(given):
    document, _changes = normalise(given)
    same(document)


@settings(bounded, max_examples=100)
@given(trees.wild_documents | trees.long_ways(10) | trees.long_ways(40))
def test_markdown_of_anything_means_the_same_as_the_html(given):
    document, _changes = normalise(given)
    same(document)


pieces = st.lists(
    st.builds(
        lambda words, marks: text(words, *marks),
        st.sampled_from(["a", "b ", " c", ".", "(", "*", "_", "~", "!", "`", "「", "é", "🎉", "1", "-", "\xa0", "\\"]),
        st.lists(st.sampled_from(["bold", "italic", "strike", "underline", "code"]), max_size=3),
    )
    | st.just(text("d", href="/d"))
    | st.just(BREAK),
    max_size=8,
)


@settings(bounded, max_examples=500)
@given(pieces)
def test_every_look_beside_every_other(given):
    document, _changes = normalise(doc(p(*given)))
    same(document)
