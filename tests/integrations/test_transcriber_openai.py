"""OpenAI's transcriptions, through the official SDK, against a server of our own."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integrations.errors import (
    AddressRefused,
    BadOutput,
    ContextTooLong,
    InvalidKey,
    ModelGone,
    NoAnswer,
    NoCredit,
    OutsideError,
    Overloaded,
    PermanentError,
    RateLimited,
    Refused,
    Unreachable,
    Unsupported,
)
from integrations.providers import remote
from integrations.transcribers import transcribers
from integrations.transcribers.base import Recording, Segment, Usage
from integrations.transcribers.openai import Compatible, OpenAI
from tests.integrations import speech_stub
from tests.integrations.speech_stub import TEXT, Stub, plain, problem, segment, verbose
from tests.integrations.stub_server import Reply, answer, cut, drip, drop, hang, html, html_called_json, redirect

SOUND = b"RIFF" + bytes(range(256)) * 8


@pytest.fixture
def speech(clean_environment: None) -> Iterator[Stub]:
    remote.clients.kept.clear()
    with speech_stub.serving() as server:
        yield server
    remote.clients.kept.clear()


@pytest.fixture
def openai(speech: Stub) -> OpenAI:
    return transcribers.get("openai")("good-key", base_url=speech.base_url())


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "My private talk.MP3"
    path.write_bytes(SOUND)
    return Recording(path, 3.0, timeout=5)


def asked(recording: Recording, **more: Any) -> Recording:
    return Recording(**{**vars(recording), **more})


def failing(openai: OpenAI, speech: Stub, recording: Recording, *replies: Reply) -> OutsideError:
    """The error of a recording that was sent once."""
    speech.then(*replies)
    before = len(speech.seen)
    with pytest.raises(OutsideError) as caught:
        openai.transcribe(recording)
    assert len(speech.seen) == before + 1, "it was asked more than once"
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert "good-key" not in str(caught.value)
    return caught.value


# --- what is sent and what comes back -----------------------------------------------------------------------------


def test_a_text_without_times_is_one_segment(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    found = openai.transcribe(recording)
    assert found.segments == (Segment(0.0, 3.0, TEXT),)
    assert (found.text, found.language, found.model_used) == (TEXT, "en", "gpt-transcribe")
    assert found.usage == Usage(input_tokens=14, output_tokens=45)
    assert (found.cost, found.request_id, found.unclear) == (None, "req_1", 0.0)
    (seen,) = speech.seen
    assert (seen.method, seen.path, seen.headers["authorization"]) == (
        "POST",
        "/v1/audio/transcriptions",
        "Bearer good-key",
    )
    assert speech.forms() == [
        {
            "model": "gpt-transcribe",
            "response_format": "json",
            "file": ("recording.mp3", "audio/mpeg", SOUND),
        }
    ]


def test_whisper_answers_in_segments(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    found = openai.transcribe(asked(recording, model="whisper-1", language="English", prompt="Pressroom"))
    assert found.segments == (Segment(0.0, 1.2, "Hello world.", 0.819), Segment(1.5, 3.0, "This is a test.", 0.819))
    assert (found.text, found.language, found.model_used, found.request_id) == (TEXT, "en", "whisper-1", "req_2")
    assert found.usage == Usage(seconds=3.0)
    (form,) = speech.forms()
    assert form.pop("file")[2] == SOUND
    assert form == {
        "model": "whisper-1",
        "response_format": "verbose_json",
        "timestamp_granularities[]": ["segment"],
        "language": "en",
        "prompt": "Pressroom",
    }


@pytest.mark.parametrize(
    ("wanted", "heard", "language"),
    [("de-AT", ("en",), "de"), (None, ("de", "en"), "de"), (None, (), ""), ("auto", ("fr",), "fr")],
)
def test_the_language(
    openai: OpenAI, speech: Stub, recording: Recording, wanted: str | None, heard: tuple[str, ...], language: str
) -> None:
    speech.then(plain(languages=heard))
    assert openai.transcribe(asked(recording, language=wanted)).language == language


@pytest.mark.parametrize("language", ["german", "German", "de"])
def test_whisper_names_the_language_in_english(
    openai: OpenAI, speech: Stub, recording: Recording, language: str
) -> None:
    speech.then(verbose(language=language))
    assert openai.transcribe(asked(recording, model="whisper-1")).language == "de"


@pytest.mark.parametrize("text", ["", " \n "])
def test_silence_is_no_segment(openai: OpenAI, speech: Stub, recording: Recording, text: str) -> None:
    speech.then(plain(text, languages=()))
    found = openai.transcribe(recording)
    assert (found.segments, found.text) == ((), "")


def test_words_that_were_made_up_are_left_out(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    speech.then(
        verbose(
            segment(0, 2, " Thank you for watching.", no_speech_prob=0.9, avg_logprob=-1.1),
            segment(2, 4, " No no no no no no no no no no no", compression_ratio=9.0),
            segment(4, 5, " ."),
            segment(5, 6, " Quiet, but sure.", no_speech_prob=0.9, avg_logprob=-0.3),
        )
    )
    found = openai.transcribe(asked(recording, model="whisper-1"))
    assert (found.text, found.unclear) == ("Quiet, but sure.", 2.0)


def test_a_server_may_leave_figures_out(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    rows = [{"start": 0, "end": 1, "text": "你好。"}, {"start": 1, "end": 2, "text": "世界"}]
    speech.then(answer({"text": "你好。世界", "segments": rows}))
    found = openai.transcribe(asked(recording, model="whisper-1"))
    assert found.segments == (Segment(0, 1, "你好。"), Segment(1, 2, "世界"))
    assert (found.text, found.language, found.usage.reported) == ("你好。世界", "", False)


def test_a_server_that_has_no_segments(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    speech.then(answer({"text": "Hello"}))
    assert openai.transcribe(asked(recording, model="whisper-1")).segments == (Segment(0.0, 3.0, "Hello"),)


@pytest.mark.parametrize(
    "usage",
    [None, {"type": "tokens"}, {"type": "tokens", "input_tokens": -1, "output_tokens": 2}, {"seconds": "many"}, 7],
)
def test_odd_counts_are_not_reported(openai: OpenAI, speech: Stub, recording: Recording, usage: Any) -> None:
    speech.then(plain(usage=usage))
    assert openai.transcribe(recording).usage == Usage(reported=False)


@pytest.mark.parametrize(
    "reply",
    [
        answer({}),
        answer({"text": None}),
        answer({"text": 7}),
        answer([]),
        answer(None),
        verbose(segment(3, 1, "Backwards")),
        verbose(segment("soon", 1, "Never")),
        verbose(segment(0, 1, None)),
        verbose(segment(0, float("inf"), "For ever")),
        answer({"text": "x", "segments": 5}),
        answer({"text": "x", "segments": ["y"]}),
    ],
)
def test_odd_answers_are_bad_output(openai: OpenAI, speech: Stub, recording: Recording, reply: Reply) -> None:
    failing_with = failing(openai, speech, asked(recording, model="whisper-1"), reply)
    assert type(failing_with) is BadOutput


# --- what is refused before anything is sent -----------------------------------------------------------------------


def refused(openai: OpenAI, speech: Stub, recording: Recording) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        openai.transcribe(recording)
    assert not speech.seen
    return caught.value


def test_a_kind_of_file_that_it_does_not_take(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    failure = refused(openai, speech, asked(recording, path=recording.path.rename(recording.path.with_suffix(".avi"))))
    assert isinstance(failure, Unsupported)
    assert 'takes no ".avi" files' in str(failure)
    assert "mp3" in str(failure)


def test_too_many_bytes(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    with recording.path.open("wb") as file:
        file.truncate(26 * 1024 * 1024)
    failure = refused(openai, speech, recording)
    assert isinstance(failure, ContextTooLong)
    assert "26.0 MB" in str(failure)


def test_too_many_seconds(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    failure = refused(openai, speech, asked(recording, seconds=1500))
    assert isinstance(failure, ContextTooLong)
    assert "1500 seconds" in str(failure)


@pytest.mark.parametrize(("key", "words"), [("", "no OpenAI key"), ("two words", "has a space")])
def test_no_key(speech: Stub, recording: Recording, key: str, words: str) -> None:
    failure = refused(OpenAI(key, base_url=speech.base_url()), speech, recording)
    assert isinstance(failure, InvalidKey)
    assert words in str(failure)


def test_a_model_that_can_be_none(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    assert isinstance(refused(openai, speech, asked(recording, model="whisper one")), ModelGone)


# --- what goes wrong ----------------------------------------------------------------------------------------------

ERRORS: list[tuple[Reply, type[OutsideError], str]] = [
    (problem(401, "invalid_api_key", "Incorrect API key"), InvalidKey, "does not accept the key"),
    (problem(429, "insufficient_quota", "You exceeded your quota"), NoCredit, "until somebody pays"),
    (problem(429, "rate_limit_exceeded", "Slow down", Retry_After="7"), RateLimited, "asks us to wait"),
    (problem(413, "", "Maximum content size limit (26214400) exceeded"), ContextTooLong, "Cut it into shorter pieces"),
    (
        problem(400, "invalid_value", "audio duration 1500.012 seconds is longer than 1400 seconds which is the most"),
        ContextTooLong,
        "1400 seconds",
    ),
    (problem(400, "", "Invalid file format. Supported formats: ['flac', 'mp3']"), Unsupported, "Extract the sound"),
    (problem(400, "", "The audio file could not be decoded or its format is not supported."), Unsupported, "no sound"),
    (problem(400, "content_policy_violation", "No"), Refused, "refused this"),
    (problem(404, "model_not_found", "The model does not exist"), ModelGone, "does not offer"),
    (problem(400, "unsupported_value", "response_format is not compatible"), PermanentError, "not compatible"),
    (problem(500, "server_error", "Oops"), Overloaded, "overloaded or broken"),
    (problem(503, "", "Busy", Retry_After="3"), Overloaded, "overloaded or broken"),
    (html(), Overloaded, "not JSON"),
    (html_called_json(), Overloaded, "not JSON"),
    (html(502), Overloaded, "overloaded or broken"),
    (html(404), PermanentError, "no OpenAI at this address"),
    (redirect("http://169.254.169.254/"), PermanentError, "no OpenAI at this address"),
    (drop, NoAnswer, "broke off"),
    (cut(), NoAnswer, "broke off"),
]


@pytest.mark.parametrize(("reply", "kind", "words"), ERRORS)
def test_errors_are_sorted_by_their_cure(
    openai: OpenAI, speech: Stub, recording: Recording, reply: Reply, kind: type[OutsideError], words: str
) -> None:
    failure = failing(openai, speech, recording, reply)
    assert type(failure) is kind
    assert words in str(failure)


def test_the_wait_is_the_one_that_was_asked_for(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    for status, seconds in ((429, 7), (503, 3)):
        failure = failing(openai, speech, recording, problem(status, "", "Wait", Retry_After=str(seconds)))
        assert failure.retry_after == seconds


def test_a_wrong_key(speech: Stub, recording: Recording) -> None:
    openai = OpenAI("bad-key", base_url=speech.base_url())
    assert isinstance(failing(openai, speech, recording), InvalidKey)
    with pytest.raises(InvalidKey):
        openai.check_ready()


@pytest.mark.parametrize("reply", [hang, drip(b" ", 0.05)])
def test_no_answer_in_time(openai: OpenAI, speech: Stub, recording: Recording, reply: Reply) -> None:
    failure = failing(openai, speech, asked(recording, timeout=0.4), reply)
    assert type(failure) is NoAnswer
    assert "within 0.4 seconds" in str(failure)


def test_nobody_there(speech: Stub, recording: Recording) -> None:
    with pytest.raises(Unreachable):
        OpenAI("good-key", base_url="http://127.0.0.1:9/v1").transcribe(recording)


def test_a_large_recording_arrives_whole(openai: OpenAI, speech: Stub, recording: Recording) -> None:
    recording.path.write_bytes(bytes(range(256)) * 80_000)
    openai.transcribe(recording)
    assert speech.forms()[0]["file"][2] == recording.path.read_bytes()


def test_the_key_can_be_checked(openai: OpenAI, speech: Stub) -> None:
    openai.check_ready()
    assert [(seen.method, seen.path) for seen in speech.seen] == [("GET", "/v1/models")]


# --- models -------------------------------------------------------------------------------------------------------


def test_models_have_prices_and_times(openai: OpenAI) -> None:
    first, second = openai.models()
    assert (first.id, first.timestamps, first.usd_per_minute, first.retires_at) == (
        "gpt-transcribe",
        "none",
        Decimal("0.0045"),
        None,
    )
    assert (second.id, second.timestamps, second.retires_at) == ("whisper-1", "segment", date(2027, 2, 26))
    assert OpenAI.timestamps == first.timestamps


@pytest.mark.parametrize(
    ("model", "times"),
    [
        ("", "none"),
        ("gpt-transcribe", "none"),
        ("gpt-4o-transcribe", "none"),
        ("whisper-1", "segment"),
        ("Systran/faster-whisper-small", "segment"),
    ],
)
def test_who_has_times(openai: OpenAI, model: str, times: str) -> None:
    assert openai.times(model) == times


# --- servers of one's own -----------------------------------------------------------------------------------------


def test_a_compatible_server_needs_no_key(speech: Stub, recording: Recording) -> None:
    speech.keys.add("none")
    own = Compatible(base_url=speech.base_url(), allow_hosts=["127.0.0.1"])
    found = own.transcribe(asked(recording, model="whisper-1"))
    assert (found.text, found.model_used) == (TEXT, "whisper-1")


def test_a_compatible_server_at_a_private_address(speech: Stub, recording: Recording) -> None:
    failure = refused(Compatible(base_url=speech.base_url()), speech, asked(recording, model="whisper-1"))
    assert isinstance(failure, AddressRefused)


def test_a_compatible_server_is_told_which_model(speech: Stub, recording: Recording) -> None:
    own = Compatible(base_url=speech.base_url(), allow_hosts=["127.0.0.1"])
    assert isinstance(refused(own, speech, recording), ModelGone)
    assert own.models() == []
