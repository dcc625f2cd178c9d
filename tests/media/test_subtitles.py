"""Subtitles: cues keep to the rules whatever was said, and files come back as they were written."""

import math
import string
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.transcribers.base import Segment
from media.cues import Cue
from media.subtitles.comparing import WordErrors, word_errors
from media.subtitles.cutting import cues
from media.subtitles.reading import BadSubtitles, from_srt, from_vtt
from media.subtitles.texts import Tokens, one_line, tidy, width
from media.subtitles.writing import clock, to_srt, to_text, to_vtt

NASTY = [
    "-->",
    "--\0>",
    "\n\n",
    "\r",
    "<b>",
    "</i>",
    "<<b>b>",
    "{\\an8}",
    "&",
    "&amp;",
    "&lt;b>",
    "\0",
    "\x1b[1m",
    "\ufeff",
]
NASTY += [
    "\u202eabc\u202c",
    "مرحبا بالعالم.",
    "שלום",
    "\u2028",
    "\x85",
    "\ud800",
    "e\u0301" * 60,
    "\u0301" * 99,
    "W" * 130,
]
NASTY += [
    "1",
    "42\n",
    "00:00:01,000 --> 00:00:02,000",
    "WEBVTT",
    "NOTE x",
    "日本語の文章は空白がありません。",
    "👩‍👩‍👧‍👦" * 30,
    "ไทย" * 40,
]
texts = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from(NASTY), st.text(string.ascii_letters + " .,", max_size=90))
)
texts = texts.map(" ".join)
WORDS = ["a", "to", "the", "cat.", "house,", "remember", "understanding!"]
times = st.floats(0, 10_000, allow_nan=False)
any_segments = st.lists(st.builds(Segment, times, times, texts), max_size=12)


@st.composite
def spoken(draw: st.DrawFn) -> list[Segment]:
    """Segments as a recogniser gives them: one after the other, and not faster than people talk."""
    now, found = 0.0, []
    for words in draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=1))):
        text = " ".join(words)
        now += draw(st.floats(0, 3))
        seconds = max(0.3, len(text) / draw(st.floats(8, 16)))
        found.append(Segment(now, now + seconds, text))
        now += seconds
    return found


def letters(text: str) -> str:
    return "".join(text.split())


def check_rules(found: list[Cue]) -> None:
    for cue in found:
        lines = cue.text.split("\n")
        assert 1 <= len(lines) <= 2
        assert all(0 < width(line) <= 42 and len(line) <= 42 and line == line.strip() for line in lines)
        assert 1000 <= cue.end - cue.start <= 7000
        assert tidy(cue.text) == cue.text
    for one, other in pairwise(found):
        assert other.start >= one.end + 40


# --- cutting ------------------------------------------------------------------------------------------------------


@given(any_segments)
@example([Segment(0, 0, "Word " * 200), Segment(0, 0, "Other " * 50), Segment(0.001, 0.002, "End.")])
def test_any_segments_keep_to_the_rules_and_lose_nothing(segments: list[Segment]) -> None:
    found = cues(segments)
    check_rules(found)
    said = "".join(letters(one_line(one.text)) for one in sorted(segments, key=lambda one: round(one.start * 1000)))
    assert "".join(letters(cue.text) for cue in found) == said


@given(spoken())
def test_speech_keeps_its_time(segments: list[Segment]) -> None:
    found = cues(segments)
    check_rules(found)
    for one, other in pairwise([*found, None]):
        if one.start and one.end - one.start > 1000:
            is_fast = width(one.text) * 1000 / (one.end - one.start) > 17.5
            has_room = other is None or other.start - one.end > 41
            assert not (is_fast and has_room), "it could have stayed longer"
    starts = {round(segment.start * 1000) for segment in segments if segment.text}
    if found:
        assert found[0].start in starts


def test_a_short_sentence_is_one_cue() -> None:
    assert cues([Segment(1.0, 3.0, " Hello  world. ")]) == [Cue(1000, 3000, "Hello world.")]


def test_two_lines_of_about_the_same_width() -> None:
    (cue,) = cues([Segment(0, 5, "The quick brown fox jumps over the lazy dog near the river bank.")])
    assert cue.text == "The quick brown fox jumps over\nthe lazy dog near the river bank."


def test_a_line_breaks_at_a_comma_if_it_can() -> None:
    (cue,) = cues([Segment(0, 6, "If you want to learn a language, practice a little bit every single day.")])
    assert cue.text == "If you want to learn a language,\npractice a little bit every single day."


def test_long_segments_are_cut_at_the_ends_of_sentences() -> None:
    sentences = [
        "We will send you an email as soon as your order has been shipped.",
        "Turn left at the traffic lights, and then take the second street on the right.",
        "My brother plays the guitar.",
    ]
    found = cues([Segment(10, 22, " ".join(sentences))])
    assert [cue.text.replace("\n", " ") for cue in found] == sentences
    assert found[0].start == 10_000
    assert found[1].start == 10_000 + round(12_000 * 65 / 173)
    assert [other.start - one.end for one, other in pairwise(found)] == [40, 40]


def test_a_cue_is_shown_long_enough_to_be_read() -> None:
    (cue,) = cues([Segment(0, 1, "We will send you an email as soon as it has been shipped.")])
    assert cue.end == math.ceil(57 * 1000 / 17)
    first, _ = cues(
        [Segment(0, 1, "We will send you an email as soon as it is there."), Segment(2, 4, "Thanks a lot.")]
    )
    assert first.end == 1960


def test_nothing_is_shown_longer_than_seven_seconds() -> None:
    (cue,) = cues([Segment(0, 60, "Hello?")])
    assert cue == Cue(0, 7000, "Hello?")
    assert len(cues([Segment(0, 12, "This is quite a long sentence, and somebody says it very slowly.")])) == 2


def test_one_word_after_the_other() -> None:
    segments = [
        Segment(0, 0.3, "Yes."),
        Segment(0.4, 0.7, "No."),
        Segment(0.8, 4, "Perhaps you should ask her."),
        Segment(9, 9.2, "Oh."),
    ]
    assert cues(segments) == [Cue(0, 4000, "Yes. No. Perhaps you should ask her."), Cue(9000, 10_000, "Oh.")]


def test_text_without_blanks() -> None:
    text = (
        "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
        "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
    )
    found = cues([Segment(0, 13, text)])
    assert "".join(letters(cue.text) for cue in found) == text
    assert all(width(line) <= 42 for cue in found for line in cue.text.split("\n"))
    assert found[0].text == "吾輩は猫である。名前はまだ無い。\nどこで生れたかとんと見当がつかぬ。"
    assert not any(line[0] in "。、」ー" for cue in found for line in cue.text.split("\n"))


def test_korean_keeps_its_blanks() -> None:
    (cue,) = cues([Segment(0, 5, "안녕하세요 여러분 오늘은 기차의 역사에 대해 이야기하겠습니다")])
    assert cue.text.replace("\n", " ") == "안녕하세요 여러분 오늘은 기차의 역사에 대해 이야기하겠습니다"


def test_a_word_that_is_too_long_is_broken_between_letters() -> None:
    found = cues([Segment(0, 5, "e\u0301" * 50)])
    assert not any(line.startswith("\u0301") for cue in found for line in cue.text.split("\n"))


def test_no_words_no_cues() -> None:
    assert cues([]) == cues([Segment(0, 1, " \0 ")]) == []


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf])
def test_times_that_are_no_numbers(seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot begin or end"):
        cues([Segment(0, seconds, "Hello")])


def test_a_long_text_takes_no_time() -> None:
    assert len(cues([Segment(0, 3600, "All work and no play makes Jack a dull boy. " * 2000)])) > 500


# --- texts --------------------------------------------------------------------------------------------------------


@given(texts)
def test_clean_text_stays_as_it_is(text: str) -> None:
    clean = tidy(text)
    assert tidy(clean) == clean
    assert "-->" not in clean
    assert clean == "\n".join(line for line in clean.split("\n") if line.strip())
    clean.encode()


@given(texts)
def test_tokens_are_the_text(text: str) -> None:
    line = one_line(text)
    tokens = Tokens(line)
    assert tokens.text(0, len(tokens)).replace(" ", "") == line.replace(" ", "")
    assert tokens.width(0, len(tokens)) == width(tokens.text(0, len(tokens)))
    assert all(width(token.text) <= 42 for token in tokens.all)


# --- writing and reading ------------------------------------------------------------------------------------------

clocks = st.integers(0, 100 * 3_600_000)
any_cues = st.lists(
    st.builds(lambda start, length, text: Cue(start, start + length, text), clocks, st.integers(1, 90_000), texts)
)
SAFE = st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="<>{}\ufeff\u2028\u2029")
plain = (
    st.lists(st.text(SAFE, min_size=1), min_size=1, max_size=3).map(lambda lines: tidy("\n".join(lines))).filter(bool)
)
clean_cues = st.lists(
    st.builds(lambda start, length, text: Cue(start, start + length, text), clocks, st.integers(1, 90_000), plain)
)


@given(clean_cues)
def test_what_was_written_is_read(written: list[Cue]) -> None:
    assert from_srt(to_srt(written)) == written
    assert from_vtt(to_vtt(written)) == written
    assert from_srt(to_srt(written).replace("\n", "\r\n").encode("utf-8-sig")) == written
    assert from_vtt(to_vtt(written).replace("\n", "\r").encode("utf-16")) == written


@given(any_cues)
def test_no_text_breaks_a_file(written: list[Cue]) -> None:
    shown = [Cue(cue.start, cue.end, tidy(cue.text)) for cue in written if tidy(cue.text)]
    assert from_vtt(to_vtt(written)) == shown
    read = from_srt(to_srt(written))
    assert [(cue.start, cue.end) for cue in read] == [(cue.start, cue.end) for cue in shown]
    assert from_srt(to_srt(read)) == read
    for file in (to_srt(written), to_vtt(written)):
        assert file.count("-->") == len(shown)
        assert "\0" not in file


def test_srt() -> None:
    written = [
        Cue(0, 59_999, "One\nTwo"),
        Cue(59_999, 3_600_000, "<b>Three</b> & {\\an8}four"),
        Cue(360_000_001, 360_000_002, "Five"),
    ]
    assert to_srt(written) == (
        "1\n00:00:00,000 --> 00:00:59,999\nOne\nTwo\n\n"
        "2\n00:00:59,999 --> 01:00:00,000\n‹b›Three‹/b› & (\\an8)four\n\n"
        "3\n100:00:00,001 --> 100:00:00,002\nFive\n"
    )


def test_vtt() -> None:
    written = [
        Cue(0, 1500, "One\nTwo"),
        Cue(1500, 2000, "<b>Three</b> & four --> five"),
        Cue(2000, 2000, "Never"),
        Cue(2000, 3000, " "),
    ]
    assert to_vtt(written) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\nOne\nTwo\n\n"
        "00:00:01.500 --> 00:00:02.000\n&lt;b&gt;Three&lt;/b&gt; &amp; four → five\n"
    )
    assert to_vtt([]) == "WEBVTT\n"
    assert to_srt([]) == to_text([]) == ""
    assert from_vtt(to_vtt([])) == from_srt("") == []


@given(clocks)
def test_no_time_has_sixty_seconds(milliseconds: int) -> None:
    hours, minutes, seconds = clock(milliseconds, ",").split(":")
    assert int(minutes) < 60
    assert float(seconds.replace(",", ".")) < 60
    assert (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds.replace(",", "")) == milliseconds


def test_rounding_happens_once() -> None:
    (cue,) = cues([Segment(58.0004, 59.9996, "Hello there, you.")])
    assert (cue.start, cue.end) == (58_000, 60_000)
    assert "00:00:58,000 --> 00:01:00,000" in to_srt([cue])


def test_plain_text() -> None:
    written = [
        Cue(0, 1000, "One\nand two"),
        Cue(1040, 2000, "three."),
        Cue(4000, 5000, "Four 你好"),
        Cue(5100, 6000, "世界"),
    ]
    assert to_text(written) == "One and two three.\n\nFour 你好世界\n"


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n", [Cue(1000, 2000, "Hi")]),
        ("00:01 --> 00:02\nHi", [Cue(1000, 2000, "Hi")]),
        ("00:01.5-->0:00:02,25 X1:10 Y1:20\nHi", [Cue(1500, 2250, "Hi")]),
        ("\n\n7\n00:00:01.0000009 --> 00:00:02.123999\nHi", [Cue(1000, 2123, "Hi")]),
        (
            "1\n00:01 --> 00:02\nHi\n\nthere\n\n2\n00:02 --> 00:03\nYou",
            [Cue(1000, 2000, "Hi\nthere"), Cue(2000, 3000, "You")],
        ),
        ("1\n00:01 --> 00:02\nHi\n2\n00:02 --> 00:03\nYou", [Cue(1000, 2000, "Hi"), Cue(2000, 3000, "You")]),
        (
            "1\n00:01 --> 00:02\nAgent\n007\n00:02 --> 00:03\nYou",
            [Cue(1000, 2000, "Agent\n007"), Cue(2000, 3000, "You")],
        ),
        ("00:01 --> 00:02\n42\n\n00:02 --> 00:03\n43", [Cue(1000, 2000, "42"), Cue(2000, 3000, "43")]),
        ("1\n00:01 --> 00:02\n\n2\n00:02 --> 00:03\nYou", [Cue(2000, 3000, "You")]),
        ("1\n00:01 --> 00:02\n<i>Hi</i> <font color=red>you</font> {\\an8}1 < 2", [Cue(1000, 2000, "Hi you 1 < 2")]),
        ("2\n00:05 --> 00:06\nB\n\n1\n00:01 --> 00:02\nA", [Cue(5000, 6000, "B"), Cue(1000, 2000, "A")]),
        ("90:00 --> 91:00\nLate", [Cue(5_400_000, 5_460_000, "Late")]),
    ],
)
def test_srt_as_people_write_it(file: str, found: list[Cue]) -> None:
    for ends in ("\n", "\r\n", "\r"):
        assert from_srt(file.replace("\n", ends)) == found
    assert from_srt("\ufeff" + file) == found


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi", [Cue(1000, 2000, "Hi")]),
        ("WEBVTT - Talk\nX-TIMESTAMP-MAP=LOCAL\n\n00:01.000 --> 00:02.000 align:center\nHi", [Cue(1000, 2000, "Hi")]),
        ("00:01.000 --> 00:02.000\nHi", [Cue(1000, 2000, "Hi")]),
        ("first\n00:01.000 --> 00:02.000\nHi", [Cue(1000, 2000, "Hi")]),
        (
            "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE a\nb\n\nfirst\n00:01.000 --> 00:02.000\nHi\n\nNOTE\nc\n\n"
            "2\n00:02.000 --> 00:03.000\nNOTE well",
            [Cue(1000, 2000, "Hi"), Cue(2000, 3000, "NOTE well")],
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi</v> <c.red>you</c> <00:01.500>1 &lt; 2 &amp; 3 < 4&nbsp;5",
            [Cue(1000, 2000, "Hi you 1 < 2 & 3 < 4 5")],
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n00:02.000 --> 00:03.000\nYou",
            [Cue(1000, 2000, "Hi"), Cue(2000, 3000, "You")],
        ),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n&#0;&#10;&#10;Hi", [Cue(1000, 2000, "\ufffd\nHi")]),
    ],
)
def test_vtt_as_people_write_it(file: str, found: list[Cue]) -> None:
    for ends in ("\n", "\r\n", "\r"):
        assert from_vtt(file.replace("\n", ends)) == found


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("1\n00:00:01,000 --> 00:00:0x\nHi", 2, "is no time"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n\n2\nthen --> now\nYou", 6, '"then --> now" is no time'),
        ("1\n00:00:02,000 --> 00:00:01,000\nHi", 2, "ends before it has begun"),
        ("1\n00:00:01,000 --> 00:00:01,000\nHi", 2, "ends before it has begun"),
        ("1\n00:00:61,000 --> 00:01:02,000\nHi", 2, "go to 59"),
        ("1\n00:60:00,000 --> 01:01:02,000\nHi", 2, "go to 59"),
        ("\nHello\n\n1\n00:00:01,000 --> 00:00:02,000\nHi", 2, '"Hello" stands before the first time'),
        ("<html>\n<body>", 1, "stands before the first time"),
        ("1\n" + "9" * 5000 + " --> 2", 2, "is no time"),
    ],
)
def test_mistakes_are_named_with_their_line(file: str, line: int, words: str) -> None:
    for read in (from_srt, from_vtt):
        with pytest.raises(BadSubtitles) as caught:
            read(file.replace("\n", "\r\n"))
        assert caught.value.line == line
        assert str(caught.value).startswith(f"Line {line}: ")
        assert words in str(caught.value)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(BadSubtitles, match="Line 3: this is no text in UTF-8"):
        from_srt("1\n00:00:01,000 --> 00:00:02,000\nGrüße\n".encode("latin-1"))


@given(st.text() | st.lists(st.sampled_from([*NASTY, "\n", "00:01 --> 00:02"])).map("".join))
def test_whatever_comes_is_read_or_refused(file: str) -> None:
    for read, write in ((from_srt, to_srt), (from_vtt, to_vtt)):
        try:
            found = read(file)
        except BadSubtitles:
            continue
        assert read(write(found)) == found


def test_styles_in_styles_end_soon() -> None:
    file = "00:01 --> 00:02\n" + "<b" * 20_000 + ">" * 20_000
    assert len(from_srt(file)) == len(from_vtt(file)) == 1


# --- comparing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("Hello world.", "hello, World", WordErrors(2, 0, 0, 0)),
        ("One two three", "1, 2, 3!", WordErrors(3, 0, 0, 0)),
        ("Don't go to the well-known café", "dont go to the well known café", WordErrors(7, 0, 0, 0)),
        ("the cat sat", "the bat sat", WordErrors(3, 1, 0, 0)),
        ("the cat sat", "the sat", WordErrors(3, 0, 1, 0)),
        ("the cat sat", "the big cat sat down", WordErrors(3, 0, 0, 2)),
        ("a b c d", "", WordErrors(4, 0, 4, 0)),
        ("", "you", WordErrors(0, 0, 0, 1)),
        ("你好世界", "你好，世间", WordErrors(4, 1, 0, 0)),
    ],
)
def test_word_errors(said: str, heard: str, errors: WordErrors) -> None:
    assert word_errors(said, heard) == errors


def test_rates_add_up() -> None:
    both = word_errors("a b c", "a b") + word_errors("d", "e f")
    assert both == WordErrors(4, 1, 1, 1)
    assert (both.rate, WordErrors(0, 0, 0, 0).rate, WordErrors(0, 0, 0, 3).rate) == (0.75, 0.0, 1.0)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_errors_are_the_fewest_changes(said: list[str], heard: list[str]) -> None:
    errors = word_errors(" ".join(said), " ".join(heard))
    assert errors.said == len(said)
    assert len(said) - errors.missing + errors.added == len(heard)
    assert errors.wrong + errors.missing + errors.added <= max(len(said), len(heard))
    assert (errors.rate == 0) == (said == heard)
