import pytest

from blog.drafting import draft, shorten
from blog.rendering import to_html, to_text
from integrations.errors import BadOutput

BODY = "\n\n".join(["word " * 30] * 3)


def test_the_first_heading_is_the_title_and_the_rest_is_the_body():
    text = draft(f"# A *fine* film\n\n{BODY}", "Fallback")
    assert text.title == "A fine film"
    assert text.body == BODY.strip()
    assert text.excerpt.startswith("word word")
    assert len(text.excerpt) <= 280
    assert len(text.seo_description) <= 155


def test_plain_text_of_80_words_is_a_post_and_79_are_not():
    assert draft("word " * 80, "Fallback").title == "Fallback"
    with pytest.raises(BadOutput, match="79 words"):
        draft("word " * 79, "Fallback")


def test_a_fence_around_everything_is_taken_off():
    assert draft(f"```markdown\n# T\n\n{BODY}\n```", "x").title == "T"


def test_the_excerpt_is_prose_not_a_heading_or_list():
    assert draft(f"# T\n\n## Head\n\n- item\n\n{BODY}", "x").excerpt.startswith("word")


def test_shorten_cuts_at_a_word():
    assert shorten("one two three", 9) == "one two…"
    assert shorten("short", 9) == "short"
    assert shorten("abcdefghijkl", 5) == "abcd…"


PAYLOADS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![beacon](https://evil.example/pixel.png)",
    "<svg onload=alert(1)>",
    '<a href="https://x" style="position:fixed" onclick="x()">y</a>',
    "<math><mtext></mtext></math>",
    "[x](  java\nscript:alert(1))",
    "<iframe src=https://evil.example></iframe>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_model_or_a_source_smuggles_in_is_shown_as_text(payload):
    html = to_html(f"# Title\n\nBefore {payload} after")
    for bad in ("<script", "<img", "<svg", "<iframe", "<math", '<a href="javascript', '<a href="data', "<h1"):
        assert bad not in html
    assert "after" in html


def test_links_are_nofollow_and_headings_start_at_two():
    html = to_html("# One\n\n[x](https://example.com)")
    assert "<h2>One</h2>" in html
    assert 'rel="nofollow ugc noopener noreferrer"' in html


def test_text_without_marks():
    assert to_text("## A *b* & `c`\n\n- d\n- e") == "A b & c d e"
