"""Subtitles in the picture: when they are shown, where, and that any text has room."""

import time

import av
import pytest
from PIL import Image, ImageChops, ImageFilter

from media.cues import Cue
from media.video.burning import Burner
from media.video.transcoding import transcode
from tests.media.clips import Clip, image_at, make

CUES = [Cue(300, 600, "Hello, world."), Cue(700, 900, "Second line")]


def difference(left: Image.Image, right: Image.Image) -> int:
    """The largest difference of brightness between two pictures."""
    high = ImageChops.difference(left.convert("L"), right.convert("L")).getextrema()[1]
    assert isinstance(high, int)
    return high


def test_they_are_shown_at_their_time_and_only_below(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(rate=None))
    transcode(source, tmp_path / "plain.mp4", "landscape")
    transcode(source, tmp_path / "burnt.mp4", "landscape", burn=CUES)
    for seconds, is_shown in (
        (0.1, False),
        (0.267, False),
        (0.3, True),
        (0.567, True),
        (0.634, False),
        (0.8, True),
        (0.95, False),
    ):
        plain, burnt = (image_at(tmp_path / f"{name}.mp4", seconds) for name in ("plain", "burnt"))
        below, above = (0, 540, 1280, 720), (0, 0, 1280, 500)
        assert (difference(plain.crop(below), burnt.crop(below)) > 100) is is_shown, seconds
        assert difference(plain.crop(above), burnt.crop(above)) < 60


def test_letters_are_white_with_a_dark_edge(tmp_path):
    frame = grey(640, 360)
    Burner([Cue(0, 1000, "HHHHHHHH")], 640, 360).burn(frame, 0.5)
    image = frame.to_image().convert("L")
    box = ImageChops.difference(image, grey(640, 360).to_image().convert("L")).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert (left + right) / 2 == pytest.approx(320, abs=4)
    assert 360 * 0.8 < top < bottom <= 360 * 0.93 + 1
    low, high = image.crop(box).getextrema()
    assert low < 8  # type: ignore[operator]
    assert high > 247  # type: ignore[operator]


def grey(width: int, height: int, form: str = "yuv420p") -> av.VideoFrame:
    return av.VideoFrame.from_image(Image.new("RGB", (width, height), (128, 60, 60))).reformat(format=form)


def test_colours_around_the_letters_stay(tmp_path):
    frame = grey(640, 360)
    Burner([Cue(0, 1000, "Hi")], 640, 360).burn(frame, 0.0)
    image = frame.to_image()
    assert image.getpixel((100, 330)) == grey(640, 360).to_image().getpixel((100, 330))


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), (1080, 1080), (1080, 1920), (180, 320), (320, 180), (16, 16), (64, 2)]
)
@pytest.mark.parametrize(
    "text",
    ["Short", "word " * 60, "W" * 400, "one\ntwo\nthree\nfour\nfive\nsix\nseven", "\x00\u200b\tü ß €", "\u202e" * 5],
)
def test_any_text_has_room(width, height, text):
    frame = av.VideoFrame(width, height, "yuv420p")
    Burner([Cue(0, 1000, text)], width, height).burn(frame, 0.1)


def test_apps_write_over_the_bottom_of_tall_videos():
    frame = grey(1080, 1920)
    Burner([Cue(0, 1000, "Hello")], 1080, 1920).burn(frame, 0.1)
    box = ImageChops.difference(frame.to_image(), grey(1080, 1920).to_image()).getbbox()
    assert box is not None
    assert box[3] <= 1920 * 0.8 + 1


def test_words_at_the_same_time_are_shown_together():
    alone, both = grey(640, 360), grey(640, 360)
    Burner([Cue(0, 1000, "First")], 640, 360).burn(alone, 0.5)
    Burner([Cue(400, 1000, "Second"), Cue(0, 1000, "First")], 640, 360).burn(both, 0.5)
    plain = grey(640, 360).to_image()
    boxes = [ImageChops.difference(plain, frame.to_image()).getbbox() for frame in (alone, both)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[1][3] - boxes[1][1] > 1.6 * (boxes[0][3] - boxes[0][1])


def test_lines_have_their_edges_where_their_letters_are():
    """Every white pixel has a dark one within the width of the edge, also in the third line."""
    frame = grey(1080, 1920)
    Burner([Cue(0, 1000, "first line\nsecond line\nthird line")], 1080, 1920).burn(frame, 0.1)
    image = frame.to_image().convert("L")
    dark = image.point(lambda value: 255 if value < 20 else 0).filter(ImageFilter.MaxFilter(17))
    white = image.point(lambda value: 255 if value > 235 else 0)
    assert white.getbbox()
    assert not ImageChops.subtract(white, dark).getbbox()


def test_accents_are_there_and_what_is_not_is_said(tmp_path):
    burner = Burner([Cue(0, 1000, "naïve café — “łódź”, жук, αβγ")], 640, 360)
    burner.burn(grey(640, 360), 0.5)
    assert burner.missing == set()
    source = make(tmp_path / "in.mp4", Clip(rate=None, seconds=0.3))
    result = transcode(source, tmp_path / "out.mp4", None, burn=[Cue(0, 300, "你好 you")])
    assert result.notes == ("The font of the subtitles has no sign for 你 好: boxes are shown instead.",)


def test_a_frame_that_others_share_is_copied(tmp_path):
    """A steady rate shows one frame several times; a cue that begins in between must not reach back."""
    source = make(tmp_path / "still.mp4", Clip(times=(0.0, 0.9), seconds=1.0, rate=None))
    transcode(source, tmp_path / "burnt.mp4", "landscape", burn=[Cue(300, 600, "Hello")])
    before, during, after = (image_at(tmp_path / "burnt.mp4", seconds) for seconds in (0.2, 0.45, 0.8))
    assert difference(before, during) > 100
    assert difference(before, after) < 60


def test_it_costs_little():
    frame = grey(1080, 1920)
    burner = Burner(
        [Cue(0, 10_000, "Two lines of subtitles that are as long as they usually get, wrapped")], 1080, 1920
    )
    burner.burn(frame, 0.0)
    began = time.process_time()
    for number in range(30):
        burner.burn(frame, number / 30)
    assert (time.process_time() - began) / 30 < 0.02
