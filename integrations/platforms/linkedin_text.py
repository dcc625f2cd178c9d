"""A text on LinkedIn ("little text"): what has to be escaped, and what it is in the text that comes back."""

import re

# A single one of these that is not escaped cuts the post off there, without a word.
SPECIAL = re.compile(r"([\\|{}@\[\]()<>#*~_])")
HASHTAG = re.compile(r"(?<!\w)#(\w*[^\W\d]\w*)")
TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^}]*)\}")


def escaped(text: str) -> str:
    """As LinkedIn wants it; hashtags stay alive."""
    parts, end = [], 0
    for found in HASHTAG.finditer(text):
        tag = found[1].replace("_", "\\_")
        parts += [SPECIAL.sub(r"\\\1", text[end : found.start()]), f"{{hashtag|\\#|{tag}}}"]
        end = found.end()
    return "".join([*parts, SPECIAL.sub(r"\\\1", text[end:])])


def comparable(text: str) -> str:
    """A text without what LinkedIn's form of it adds: the same for ours, and for what comes back."""
    return " ".join(re.sub(r"\\(.)", r"\1", TEMPLATE.sub(r"#\1", text)).split())
