"""What the numbers of a picture mean: the colour tags of video streams, and how far they are from an ordinary screen.

Numbers and names are those of ITU-T H.273, as FFmpeg writes them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
TRANSFERS = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4",
    13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
}  # fmt: skip
PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020", 11: "smpte431",
    12: "smpte432",
}  # fmt: skip
HDR = {"smpte2084": "PQ", "arib-std-b67": "HLG"}
SDR_MATRICES = {"bt709", "fcc", "bt470bg", "smpte170m", "smpte240m"}
LIMITED, FULL = 1, 2


@dataclass(frozen=True)
class Colours:
    """The tags of a picture; "" where it has none. full_range: black is 0 and white 255, not 16 and 235."""

    matrix: str
    transfer: str
    primaries: str
    full_range: bool

    @property
    def is_hdr(self) -> bool:
        """Brighter than an ordinary screen can show: PQ or HLG."""
        return self.transfer in HDR

    @property
    def needs_converting(self) -> bool:
        """HDR, or colours that an ordinary screen does not have."""
        return self.is_hdr or self.primaries == "bt2020" or self.matrix.startswith("bt2020")

    def output(self) -> "Colours":
        """The tags of what we make of it: bt709 for what is converted; for the rest those it has."""
        if self.needs_converting or self.matrix not in SDR_MATRICES:
            return Colours("bt709", "bt709", "bt709", False)
        return Colours(self.matrix, self.transfer, self.primaries, False)

    def tag(self, context: Any) -> None:
        """Write the tags into the context of an encoder."""
        context.colorspace = _number(MATRICES, self.matrix)
        context.color_trc = _number(TRANSFERS, self.transfer)
        context.color_primaries = _number(PRIMARIES, self.primaries)
        context.color_range = FULL if self.full_range else LIMITED


def _number(table: dict[int, str], name: str) -> int:
    return next((number for number, known in table.items() if known == name), 2)  # 2: not said


def of(frame: "VideoFrame") -> Colours:
    """The tags of a decoded frame. Where the matrix is not said, it is what players take: bt709 for HD, else bt601."""
    layout = frame.format.name
    if frame.format.is_rgb:
        return Colours("gbr", TRANSFERS.get(frame.color_trc, ""), PRIMARIES.get(frame.color_primaries, ""), True)
    guess = "bt709" if min(frame.width, frame.height) >= 720 else "smpte170m"
    return Colours(
        MATRICES.get(frame.colorspace, guess) if frame.colorspace != 0 else guess,
        TRANSFERS.get(frame.color_trc, ""),
        PRIMARIES.get(frame.color_primaries, ""),
        frame.color_range == FULL or layout.startswith("yuvj"),
    )
