"""The limits of the platforms, and what is said about a video that does not fit."""

from dataclasses import replace

import pytest

from media.video.platforms import MB, PLATFORMS, RENDITIONS, Limit, fits
from media.video.probing import Audio, Probe, Video

UPRIGHT = Video(
    width=1080,
    height=1920,
    coded_width=1080,
    coded_height=1920,
    rotation=0,
    is_mirrored=False,
    fps=30.0,
    is_variable=False,
    is_interlaced=False,
    codec="h264",
    profile="High",
    pixel_format="yuv420p",
    is_hdr=False,
    transfer="bt709",
    primaries="bt709",
    matrix="bt709",
    is_full_range=False,
)
PROBE = Probe("mp4", 30.0, 5 * MB, 1_400_000, UPRIGHT, Audio("aac", 48_000, 2))


def wide(probe: Probe = PROBE) -> Probe:
    return replace(probe, video=replace(UPRIGHT, width=1280, height=720))


def test_there_are_three_renditions():
    assert {(made.width, made.height) for made in RENDITIONS.values()} == {(1280, 720), (1080, 1080), (1080, 1920)}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_rendition_of_a_platform_fits_it(name):
    made = RENDITIONS[PLATFORMS[name].rendition]
    probe = replace(PROBE, video=replace(UPRIGHT, width=made.width, height=made.height))
    assert fits(probe, name) == []


def test_what_does_not_fit_is_said_with_both_numbers():
    assert fits(replace(wide(), seconds=180.0), "x") == ["X takes at most 140 seconds; this one lasts 3 minutes."]
    assert fits(replace(wide(), bytes=60 * MB), "telegram") == ["Telegram takes at most 50 MB; this one has 60 MB."]
    assert fits(wide(), "facebook_reels") == [
        "Facebook Reels takes at most 0.57 : 1; this one has a shape of 1.78 : 1."
    ]


def test_a_limit_we_are_not_sure_of_says_so():
    assert PLATFORMS["linkedin"].seconds == Limit(3, 1800, sure=False)
    assert fits(replace(wide(), seconds=1.5), "linkedin") == [
        "LinkedIn takes at least 3 seconds (a limit we are not sure of); this one lasts 1.5 seconds."
    ]


def test_container_codec_and_rate_are_compared():
    webm = replace(wide(), container="webm", video=replace(UPRIGHT, codec="vp9", fps=120.0))
    assert fits(webm, "instagram") == [
        "Instagram Reels takes mp4 or mov; this is webm.",
        "Instagram Reels takes at most 60 frames per second (a limit we are not sure of); this one has 120 frames per "
        "second.",
        "Instagram Reels takes h264 or hevc; the picture of this one is vp9.",
    ]


def test_sound_alone_fits_nowhere():
    assert fits(replace(PROBE, video=None), "youtube")[0] == "YouTube needs a picture; this file has only sound."


def test_an_unknown_platform_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        fits(PROBE, "myspace")
