"""Transcripts: what was said with times, nothing where nobody speaks or it is not understood, each piece paid once."""

import json
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import keys
from accounts.models import AuditEntry
from ai.models import Call
from integrations.transcribers import whisper
from integrations.transcribers.base import Segment, Usage
from integrations.transcribers.base import Transcript as Heard
from jobs.models import Job, State
from media import ordering
from media.models import MediaFile, Transcript
from media.orders import TranscriptOrder, VideoOrder
from media.subtitles import reading
from tests.integrations import speech_stub, stub_server
from tests.media.clips import Clip, make
from tests.media.conftest import run

pytestmark = pytest.mark.django_db
SAID = (Segment(0.0, 1.2, "Hello world.", 0.9), Segment(1.5, 2.5, "This is a test.", 0.9))


@pytest.fixture
def talk(tenant, editor, tmp_path):
    """A video in the library, its sound loud at the end."""
    path = make(tmp_path / "talk.mp4", Clip(seconds=3, flash=(1.0, 3.0)))
    name = default_storage.save("1/uploads/talk.mp4", ContentFile(path.read_bytes()))
    return MediaFile.objects.create(
        tenant=tenant, owner=editor, kind="video", title="A talk", file=name, mime="video/mp4", seconds=3
    )


@pytest.fixture
def hears(monkeypatch):
    """The recogniser of this machine as a stand-in: it hears what it is told, and counts."""
    heard = []

    def answer(segments=SAID, unclear=0.0):
        def hear(self, recording):
            heard.append(recording)
            words = " ".join(segment.text for segment in segments)
            return Heard("en", tuple(segments), words, "tiny.en", Usage(recording.seconds), unclear=unclear)

        monkeypatch.setattr(whisper.Whisper, "hear", hear)
        monkeypatch.setattr(whisper.Whisper, "check_ready", lambda self: None)
        return heard

    return answer


@pytest.fixture
def openai(settings, editor):
    with speech_stub.serving() as stub:
        settings.VENDOR_BASE_URLS = {"openai": stub.base_url()}
        keys.save_key(editor, "openai", "good-key")
        yield stub


def transcribe(media, editor, **order):
    transcript, job = ordering.transcribe(media, TranscriptOrder(**order), user=editor)
    run(job, transcript)
    return transcript, job


def test_words_with_times_as_text_subtitles_and_a_lesson(talk, editor, hears, client_for):
    hears()
    transcript, job = transcribe(talk, editor)
    assert (job.state, job.result) == (State.COMPLETED, {"transcriptId": transcript.pk})
    assert transcript.text == "Hello world. This is a test."
    edda, page = client_for(editor), f"/admin/media/transcript/{transcript.pk}/"
    srt = edda.get(f"{page}words.srt").content.decode()
    assert [(cue.start, cue.text) for cue in reading.from_srt(srt)] == [(0, "Hello world."), (1500, "This is a test.")]
    vtt = edda.get(f"{page}words.vtt")
    assert vtt.content.decode().startswith("WEBVTT")
    assert "Content-Disposition" not in vtt.headers
    assert "Hello world" in edda.get(f"{page}words.txt").content.decode()
    text = edda.get(f"{page}change/").content.decode()
    assert f"/admin/lessons/lesson/add/?topic=A+talk&amp;transcript={transcript.pk}" in text
    form = edda.get(f"/admin/lessons/lesson/add/?topic=A+talk&transcript={transcript.pk}").content.decode()
    assert "Hello world. This is a test." in form


def test_edited_words_are_saved_once_and_never_over_those_of_another(talk, editor, hears, client_for):
    hears()
    transcript, _job = transcribe(talk, editor)
    edda, page = client_for(editor), f"/admin/media/transcript/{transcript.pk}/save/"
    edda.post(page, {"edition": transcript.edition, "words": ["Hello, world!", ""]})
    late = edda.post(page, {"edition": transcript.edition, "words": ["Mine", "Mine"]}, follow=True)
    transcript.refresh_from_db()
    assert [cue["text"] for cue in transcript.cues] == ["Hello, world!"]
    assert "Somebody else changed this transcript" in late.content.decode()
    assert AuditEntry.objects.filter(action="transcript.edited").count() == 1


def test_subtitles_are_laid_over_a_video(talk, editor, hears):
    hears()
    processing, job = ordering.process(talk, VideoOrder(variants=["subtitled"]), user=editor)
    run(job)
    assert (job.state, "no transcript" in job.failed_reason) == (State.FAILED, True)
    transcribe(talk, editor)
    processing, job = ordering.process(talk, VideoOrder(variants=["subtitled"]), user=editor)
    run(job, processing)
    assert job.state == State.COMPLETED
    assert talk.made.get(variant="subtitled").seconds == pytest.approx(3, abs=0.1)


def test_without_the_recogniser_it_says_what_to_install(talk, editor, monkeypatch):
    monkeypatch.setattr(whisper.importlib.util, "find_spec", lambda name, package=None: None)
    transcript, job = transcribe(talk, editor)
    assert (job.state, transcript.state, transcript.text) == (State.FAILED, State.FAILED, "")
    assert "bin/run --speech" in job.failed_reason
    assert "requirements-speech.txt" in transcript.note


def test_another_language_is_refused_with_a_sentence(talk, editor, client_for, call, settings, tmp_path):
    answer = call("POST", f"/api/media/{talk.pk}/transcript", {"language": "de"})
    page = client_for(editor).post(f"/admin/media/mediafile/{talk.pk}/transcript/", {"language": "de"}, follow=True)
    for words in ("German", "OpenAI", "SPEECH_MODEL_DIR"):
        assert words in answer.json()["error"]["message"]
        assert words in page.content.decode()
    assert not Job.objects.exists()
    settings.SPEECH_MODEL_DIR = str(tmp_path)
    assert call("POST", f"/api/media/{talk.pk}/transcript", {"language": "de"}).status_code == 202


def test_what_is_not_understood_makes_no_words(talk, editor, hears):
    hears(segments=(Segment(0, 0.5, "Yes", 0.5),), unclear=30.0)
    transcript, job = transcribe(talk, editor)
    assert (job.state, transcript.cues, transcript.text) == (State.FAILED, [], "")
    assert "No words were made up" in job.failed_reason


def test_silence_is_not_even_heard(tenant, editor, hears, tmp_path, client_for):
    heard = hears()
    path = make(tmp_path / "quiet.mp4", Clip(seconds=2))
    name = default_storage.save("1/uploads/quiet.mp4", ContentFile(path.read_bytes()))
    quiet = MediaFile.objects.create(tenant=tenant, owner=editor, kind="video", title="Quiet", file=name, seconds=2)
    transcript, job = transcribe(quiet, editor)
    assert (job.state, transcript.text, heard) == (State.COMPLETED, "", [])
    page = client_for(editor).get(f"/admin/media/transcript/{transcript.pk}/change/").content.decode()
    assert "none were made up" in page


def test_a_video_without_sound_says_so(tenant, editor, tmp_path, hears):
    hears()
    path = make(tmp_path / "mute.mp4", Clip(seconds=1, rate=None))
    name = default_storage.save("1/uploads/mute.mp4", ContentFile(path.read_bytes()))
    mute = MediaFile.objects.create(tenant=tenant, owner=editor, kind="video", title="Mute", file=name, seconds=1)
    _transcript, job = transcribe(mute, editor)
    assert (job.state, "no sound" in job.failed_reason) == (State.FAILED, True)


def test_openai_is_paid_by_the_second_with_ones_own_key(talk, editor, openai):
    transcript, job = transcribe(talk, editor, language="de")
    assert (job.state, job.failed_reason) == (State.COMPLETED, "")
    assert (transcript.engine, transcript.key_owner, transcript.model_id) == ("openai", "user", "gpt-transcribe")
    assert transcript.text == speech_stub.TEXT
    assert transcript.cues[-1]["end"] <= 3100
    call = Call.objects.get()
    assert float(call.cost_usd) == pytest.approx(3 / 60 * 0.0045, rel=0.05)
    assert call.reserved_usd >= call.cost_usd
    assert "good-key" not in json.dumps(call.inputs)


def test_a_piece_that_was_heard_is_not_paid_again(tenant, editor, openai, tmp_path):
    path = make(tmp_path / "long.mp4", Clip(size=(64, 36), seconds=32, fps=5, flash=(0.0, 32.0)))
    name = default_storage.save("1/uploads/long.mp4", ContentFile(path.read_bytes()))
    long = MediaFile.objects.create(tenant=tenant, owner=editor, kind="video", title="Long", file=name, seconds=32)
    openai.then(speech_stub.plain("First part."), stub_server.answer({"error": {"message": "busy"}}, 503))
    transcript, job = ordering.transcribe(long, TranscriptOrder(engine="openai"), user=editor)
    run(job, transcript)
    assert (job.state, len(transcript.pieces)) == (State.DELAYED, 1)
    Job.objects.update(state=State.WAITING, run_at=timezone.now() - timedelta(seconds=1))
    run(job, transcript)
    assert job.state == State.COMPLETED
    assert transcript.text == f"First part. {speech_stub.TEXT}"
    assert len(openai.forms()) == 3
    assert Call.objects.filter(state="answered").count() == 2


def test_a_recording_at_an_address_comes_into_the_library(call, talk, editor, hears, settings, tmp_path):
    hears()
    content = make(tmp_path / "there.mp4", Clip(seconds=1, flash=(0.0, 1.0))).read_bytes()
    served = stub_server.Stub(lambda stub, seen: stub_server.send(200, content, Content_Type="video/mp4"))
    with stub_server.served(served):
        settings.OUTBOUND_ALLOW_HOSTS = [served.url.removeprefix("http://")]
        body = {"videoUrl": f"{served.url}/a/there.mp4?x=1", "language": "en"}
        answer = call("POST", "/api/media/transcripts", body)
        assert answer.status_code == 202
        run(job := Job.objects.get(pk=answer.json()["jobId"]))
    transcript = Transcript.objects.get(pk=job.payload["order_id"])
    assert (job.state, transcript.text) == (State.COMPLETED, "Hello world. This is a test.")
    media = transcript.media
    assert (media.title, media.state, media.facts["source_url"]) == ("there.mp4", "ready", body["videoUrl"])
    run(Job.objects.get(queue="video-processing"))
    assert media.thumbnail.variant == "poster"


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://127.0.0.1:1/x.mp4", "private|local|own"), ("file:///etc/passwd", "https"), ("https://", "address")],
)
def test_addresses_inside_are_not_read(call, address, words, hears):
    hears()
    answer = call("POST", "/api/media/transcripts", {"videoUrl": address})
    assert answer.status_code in (202, 422)
    if answer.status_code == 202:
        run(job := Job.objects.get(pk=answer.json()["jobId"]))
        assert job.state == State.FAILED
        assert not MediaFile.objects.exists()


def test_an_order_that_cannot_be_is_refused_at_once(call, tenant, talk, stranger):
    picture = MediaFile.objects.create(tenant=tenant, kind="image", title="P", file="1/uploads/p.png")
    assert call("POST", f"/api/media/{picture.pk}/transcript", {}).status_code == 422
    assert call("POST", f"/api/media/{talk.pk}/transcript", {"language": "Deutsch"}).status_code == 422
    assert call("POST", f"/api/media/{talk.pk}/transcript", {"engine": "openai"}).status_code == 422
    assert call("POST", "/api/media/999999/transcript", {}).status_code == 404
    assert not Job.objects.exists()
