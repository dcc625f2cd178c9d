"""What we say to a model that draws."""

from typing import Any

from ai.prompting import Prompt, Template, Variable, Words

STYLES = {
    "realistic": "realistic, with natural light, like a good photograph",
    "cartoon": "a cartoon: bold shapes, clear outlines, flat colours",
    "abstract": "abstract: shapes, colours and texture instead of things",
    "minimalist": "minimalist: few elements, much empty space",
}

PICTURE = Template(
    name="media.picture",
    version=1,
    label="Picture",
    system="Draw one picture. No watermark, no logo, no lettering unless it is asked for.",
    text="{wish}\n\nStyle: {style}.{look}",
    variables={
        "wish": Variable("what it shows", "A lighthouse at dawn", required=True),
        "style": Variable("the style that was chosen", STYLES["realistic"]),
        "look": Variable("the brand's colours and fonts", " Colours: #7a2ea6, #f5a524. Fonts for lettering: Manrope."),
    },
)


def picture(wish: str, *, text: str, style: str, brand: dict[str, Any], words: Words | None = None) -> Prompt:
    """The prompt for one picture; brand is {"name", "colours", "fonts"}, text the words for a card."""
    look = f" Colours: {', '.join(brand['colours'])}." if brand["colours"] else ""
    look += f" Fonts for lettering: {', '.join(brand['fonts'])}." if brand["fonts"] else ""
    return PICTURE.fill(
        {"wish": wish, "style": STYLES[style], "look": look},
        words=words,
        facts={"text": text or wish, "style": style, "brand": brand},
    )
