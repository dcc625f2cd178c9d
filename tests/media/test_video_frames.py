"""Posters and thumbnails: the frame of a time exactly, upright, and never black where there is something to see."""

import pytest
from PIL import Image

from media.video.frames import poster, thumbnails
from media.video.opening import BadVideo
from tests.media.clips import Clip, corners, image_at, make, make_sound


def bar(image: Image.Image) -> float:
    """Where the yellow bar is, as a share of the width: the clip moves it across in a second."""
    small = image.convert("RGB").resize((160, 90))
    places = [x for x in range(160) if (p := small.getpixel((x, 45))) and p[0] > 180 and p[2] < 110]  # type: ignore[index]
    return min(places) / 160


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mkv", "a.ts"])
@pytest.mark.parametrize("at", [0.0, 0.34, 0.7])
def test_the_frame_of_a_time(tmp_path, name, at):
    """The key frame before it is half a second away at most; what is shown is the frame itself."""
    source = make(tmp_path / name, Clip(rate=None))
    assert poster(source, tmp_path / "p.jpg", at=at) == pytest.approx(at, abs=0.034)
    with Image.open(tmp_path / "p.jpg") as image:
        assert image.format == "JPEG"
        assert image.size == (320, 180)
        assert corners(image) == ["red", "green", "blue", "grey"]
        assert bar(image) == pytest.approx(at, abs=0.04)


def test_a_time_after_the_end_is_the_last_frame(tmp_path):
    assert poster(make(tmp_path / "a.mp4", Clip(rate=None)), tmp_path / "p.jpg", at=50) == pytest.approx(
        0.967, abs=0.001
    )


def test_the_poster_is_not_black(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(seconds=2, black_until=0.9, rate=None))
    assert poster(source, tmp_path / "p.jpg") == pytest.approx(1.0, abs=0.034)
    with Image.open(tmp_path / "p.jpg") as image:
        assert corners(image) == ["red", "green", "blue", "grey"]


def test_a_black_video_has_a_black_poster(tmp_path):
    poster(make(tmp_path / "in.mp4", Clip(black_until=9, rate=None)), tmp_path / "p.jpg")
    with Image.open(tmp_path / "p.jpg") as image:
        assert corners(image) == ["black"] * 4


def test_a_poster_is_upright_and_at_most_so_wide(tmp_path):
    source = make(tmp_path / "phone.mov", Clip(size=(640, 360), rotation=-90, seconds=0.3, rate=None))
    poster(source, tmp_path / "p.jpg", width=200)
    with Image.open(tmp_path / "p.jpg") as image:
        assert image.size == (200, 354)
        assert corners(image) == ["blue", "red", "grey", "green"]


def test_thumbnails_are_spread_over_the_length(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(size=(640, 360), rate=None))
    paths = thumbnails(source, tmp_path / "shots", count=4)
    assert [path.name for path in paths] == [f"thumbnail-{number}.jpg" for number in range(1, 5)]
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            assert image.size == (320, 180)
            assert bar(image) == pytest.approx((2 * number + 1) / 8, abs=0.05)


def test_colours_are_those_of_the_video(tmp_path):
    source = make(tmp_path / "in.mp4", Clip(rate=None))
    poster(source, tmp_path / "p.jpg", at=0.5)
    with Image.open(tmp_path / "p.jpg") as image:
        for place in ((20, 20), (300, 20), (20, 160), (300, 160)):
            seen, true = image.getpixel(place), image_at(source, 0.5).getpixel(place)
            assert isinstance(seen, tuple)
            assert isinstance(true, tuple)
            assert max(abs(a - b) for a, b in zip(seen, true, strict=True)) < 14


def test_sound_alone_has_no_poster(tmp_path):
    with pytest.raises(BadVideo, match="no moving picture"):
        poster(make_sound(tmp_path / "a.mp3", "libmp3lame"), tmp_path / "p.jpg")
