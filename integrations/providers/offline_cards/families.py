"""The families of letters that there are, and which of them stands in for a font of the brand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from os.path import exists

import font_fredoka_one as fredoka
import font_manrope as manrope
import font_source_sans_pro as source_sans
import font_source_serif_pro as source_serif


@dataclass(frozen=True)
class Family:
    """Two weights of one design, as paths: for large words and for small ones."""

    display: str
    text: str


FAMILIES = {
    "serif": Family(source_serif.SourceSerifProBold, source_serif.SourceSerifProSemibold),
    "sans": Family(source_sans.SourceSansProBold, source_sans.SourceSansProSemibold),
    "geometric": Family(manrope.ManropeExtraBold, manrope.ManropeSemiBold),
    "playful": Family(fredoka.FredokaOne, fredoka.FredokaOne),
}
# Which family comes next where one lacks a letter.
NEXT = {
    "serif": ("sans", "geometric"),
    "sans": ("geometric", "serif"),
    "geometric": ("sans", "serif"),
    "playful": ("geometric", "sans", "serif"),
}
OF_STYLE = {"minimalist": "geometric", "abstract": "geometric", "cartoon": "playful", "realistic": "serif"}
# Where Debian's fonts-dejavu-core, fonts-noto-core and fonts-noto-cjk are, for the scripts that our families lack.
DEBIAN = "/usr/share/fonts/truetype"
SYSTEM = [
    *(f"{DEBIAN}/noto/NotoSans{script}-Bold.ttf" for script in ("", "Arabic", "Hebrew", "Thai", "Devanagari")),
    *(f"{DEBIAN}/noto/NotoSans{script}-Bold.ttf" for script in ("Bengali", "Tamil", "Telugu", "Georgian", "Armenian")),
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    *(f"{DEBIAN}/noto/NotoSans{signs}.ttf" for signs in ("Symbols-Bold", "Symbols2-Regular", "Math-Regular")),
    f"{DEBIAN}/dejavu/DejaVuSans-Bold.ttf",
]
# Words that decide, whatever the name beside them.
STRONG = {
    "playful": "rounded round comic comics hand handwritten script marker brush kids cartoon bubble fun",
    "serif": "slab serif",
    "sans": "mono monospace typewriter",
}
# Names that say nothing by themselves.
KNOWN = {
    "serif": (
        "times georgia garamond merriweather playfair lora baskerville cambria didot bodoni palatino cormorant crimson "
        "constantia caslon spectral charter tiempos minion sabon cardo vollkorn bitter rockwell gelasio alegreya "
        "fraunces literata newsreader domine canela recoleta prata cinzel"
    ),
    "sans": (
        "arial helvetica roboto lato verdana tahoma calibri frutiger ubuntu segoe trebuchet fira inter cabin karla "
        "hind oxygen rubik mukta system aptos univers myriad barlow oswald archivo heebo arimo assistant"
    ),
    "geometric": (
        "manrope montserrat poppins futura avenir gotham raleway outfit urbanist sora circular gilroy proxima jost "
        "lexend figtree jakarta geist satoshi kanit prompt syne epilogue museo spartan exo red eurostile"
    ),
    "playful": (
        "fredoka baloo bubblegum pacifico lobster chewy nunito quicksand varela caveat bangers luckiest cookie sniglet "
        "comfortaa grandstander chalkboard amatic satisfy gochi boogaloo dancing papyrus kalam itim mali"
    ),
}
# Words that are better than nothing.
WEAK = {
    "sans": "sans code courier console grotesk grotesque neue humanist condensed ui",
    "serif": "antiqua roman oldstyle text book classic",
    "geometric": "geometric display gothic modern",
    "playful": "casual cursive",
}


def family_of(font: str) -> str | None:
    """The name of the family that is nearest to a font's name; None where the name says nothing."""
    parts = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", font).lower())
    if "sans" in parts:  # "Sans Serif" is none
        parts = [part for part in parts if part != "serif"]
    for table in (STRONG, KNOWN, WEAK):
        for family, words in table.items():
            known = words.split()
            if any(part in known for part in parts):
                return family
    joined = "".join(parts)  # names are also written without a blank
    inside = (family for family, words in KNOWN.items() for word in words.split() if len(word) > 4 and word in joined)
    return next(inside, "sans" if "sans" in joined else "serif" if "serif" in joined else None)


def wanted(fonts: Iterable[str], style: str) -> tuple[str, str]:
    """The families for the words and for the name: the brand's first two fonts, else what suits the style."""
    found = [family for font in fonts if (family := family_of(font))]
    first = found[0] if found else OF_STYLE[style]
    return first, found[1] if len(found) > 1 else first


def in_order(family: str) -> list[Family]:
    """The family, those that stand in for it, and what the machine has."""
    return [*(FAMILIES[name] for name in (family, *NEXT[family])), *(Family(path, path) for path in installed())]


@cache
def installed() -> tuple[str, ...]:
    """Those of SYSTEM that are on this machine."""
    return tuple(path for path in SYSTEM if exists(path))
