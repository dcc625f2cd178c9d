"""A text on Mastodon: how long it is there, and what it is in the HTML that comes back."""

from html.parser import HTMLParser
from unicodedata import normalize

import regex

from integrations.platforms.remote import graphemes

# As in Mastodon's config/initializers/twitter_regex.rb: a link has its scheme, and ends before punctuation.
DOMAIN = r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+(?:xn--[a-z0-9-]+|\p{L}{2,})(?::\d+)?"
PATH = r"(?:/(?:(?:[^\s<>()?]|\([^\s<>()?]+\))*(?:[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@]|\([^\s<>()?]+\)))?)?"
QUERY = r"(?:\?(?:[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^]|[^\x00-\xa0\s])*(?:[a-z0-9_&=#/\-]|[^\x00-\xa0\s]))?"
LINK = regex.compile(rf"(?<![a-z0-9@＠$#＃])https?://{DOMAIN}{PATH}{QUERY}", regex.IGNORECASE)
# Account::MENTION_RE, where it has a host.
REMOTE_MENTION = regex.compile(
    r"(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@\w+(?:[.-]+\w+)*(?::\d+)?", regex.IGNORECASE
)


def length(text: str, url_length: int) -> int:
    """In characters that people see; a link has url_length, and of @name@host only @name counts."""
    return graphemes(REMOTE_MENTION.sub(r"@\1", LINK.sub("x" * url_length, text)))


def comparable(text: str) -> str:
    """A text without what Mastodon changes in it: spaces and line breaks, and the hosts of people."""
    return " ".join(normalize("NFC", REMOTE_MENTION.sub(r"@\1", text)).split())


def words_of(html: str) -> str:
    """The text of a post's HTML. Links are whole in it: what is not shown of them is there in hidden spans."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts).strip()


class Reader(HTMLParser):
    """Collects the text of HTML, with its paragraphs and line breaks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A line break is one."""
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """After a paragraph comes an empty line."""
        if tag == "p":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Text."""
        self.parts.append(data)
