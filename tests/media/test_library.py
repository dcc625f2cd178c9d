"""The library: uploads by their content, files for members only and in parts, deletion that warns."""

import io
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.text import slugify
from PIL import Image

from accounts import tokens
from accounts.models import AuditEntry
from integrations.errors import PermanentError
from jobs.accepting import KeyReused
from jobs.models import Job
from media import storing, uploading
from media.admin.library import used_in
from media.models import MediaFile, Transcript
from tests.media.clips import make
from tests.media.conftest import run, stored

pytestmark = pytest.mark.django_db


def png(width=60, height=40, colour="red", **more):
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG", **more)
    return file.getvalue()


@pytest.fixture
def take(tenant, editor):
    def put(content, name="x.png", **more):
        return uploading.take(SimpleUploadedFile(name, content), tenant=tenant, user=editor, **more)

    return put


@pytest.fixture
def clip(tmp_path):
    return make(tmp_path / "clip.mp4").read_bytes()


def test_a_picture_is_there_at_once_with_its_thumbnail(take, store):
    media, job = take(png(), name="../../Ünsafe\x1b name.PNG", alt_text="A red field")
    assert job is None
    assert (media.kind, media.state, media.width, media.height, media.mime) == ("image", "ready", 60, 40, "image/png")
    assert (media.title, media.alt_text, len(media.checksum)) == ("Ünsafe  name", "A red field", 64)
    assert media.thumbnail.variant == "thumbnail"
    assert all("nsafe" not in name for name in stored(store))
    assert AuditEntry.objects.filter(action="media.uploaded").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!doctype html><script>alert(1)</script>", "web page"),
        (b"#EXTM3U\nfile:///etc/passwd", "playlist"),
        (b"hello", "a text"),
        (b"PK\x03\x04" + b"x" * 99, "ZIP"),
        (png()[:50], "broken|cut|ends"),
    ],
)
def test_what_is_no_picture_video_or_sound_is_refused_and_nothing_is_kept(take, store, content, words):
    with pytest.raises(PermanentError, match=words):
        take(content, name="x.mp4")
    assert stored(store) == []
    assert not MediaFile.objects.exists()


def test_a_video_is_looked_at_by_a_job(take, clip, store):
    media, job = take(clip, name="clip.mp4")
    assert (media.state, job.queue) == ("checking", "video-processing")
    run(job, media)
    assert (job.state, media.state, media.kind, media.mime) == ("completed", "ready", "video", "video/mp4")
    assert media.seconds > 0
    assert {one.variant for one in media.made.all()} >= {"poster", "thumbnail-1", "sound"}
    assert media.thumbnail.variant == "poster"
    assert job.result["mediaId"] == media.pk


def test_what_only_looked_like_a_video_is_refused_by_the_job_and_gone(take, store):
    media, job = take(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 5000, name="x.mp4")
    run(job, media)
    assert (job.state, media.state) == ("failed", "refused")
    assert media.note
    assert stored(store) == []


def test_variants_of_a_video(take, clip, call, store):
    media, job = take(clip)
    run(job, media)
    answer = call("POST", f"/api/media/{media.pk}/variants", {"variants": ["square"], "fit": "pad"})
    assert answer.status_code == 202
    run(Job.objects.get(pk=answer.json()["jobId"]))
    square = media.made.get(variant="square-pad")
    assert (square.width, square.height) == (1080, 1080)
    assert call("GET", f"/api/media/{media.pk}").json()["made"]
    assert call("POST", f"/api/media/{media.pk}/variants", {"variants": ["round"]}).status_code == 422


def test_files_are_for_members_and_come_in_parts(take, client_for, viewer, stranger, client):
    media, _job = take(png())
    whole = client_for(viewer).get(media.url)
    content = b"".join(whole.streaming_content)
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Type"] == "image/png"
    assert whole.headers["Content-Disposition"] == f'inline; filename="{slugify(media.title)}.png"'
    part = client_for(viewer).get(media.url, headers={"Range": "bytes=2-5"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, content[2:6])
    assert part.headers["Content-Range"] == f"bytes 2-5/{len(content)}"
    last = client_for(viewer).get(media.url, headers={"Range": "bytes=-3"})
    assert b"".join(last.streaming_content) == content[-3:]
    assert client_for(viewer).get(media.url, headers={"Range": "bytes=999999-"}).status_code == 416
    assert client_for(viewer).get(media.url, headers={"Range": "bytes=x-y"}).status_code == 200
    assert client_for(stranger).get(media.url).status_code == 404
    assert client.get(media.url).status_code == 302


def test_the_upload_page_takes_a_file_and_says_why_not(client_for, editor, viewer, clip):
    page = "/admin/media/mediafile/add/"
    edda = client_for(editor)
    good = edda.post(page, {"file": SimpleUploadedFile("a.png", png())}, headers={"Accept": "application/json"})
    assert good.json()["url"] == MediaFile.objects.filter(parent=None).get().get_absolute_url()
    bad = edda.post(page, {"file": SimpleUploadedFile("a.png", b"hello")}, headers={"Accept": "application/json"})
    assert (bad.status_code, "is a text" in bad.json()["problem"]) == (422, True)
    assert "one of both" in edda.post(page, {}).content.decode()
    assert client_for(viewer).get(page).status_code == 403


def test_the_grid_searches_and_shows_what_lacks_alt_text(client_for, editor, take):
    media, _job = take(png(), name="Lighthouse.png")
    edda = client_for(editor)
    text = edda.get("/admin/media/mediafile/").content.decode()
    assert "Lighthouse" in text
    assert "no alt text" in text
    assert "Lighthouse" in edda.get("/admin/media/mediafile/?alt=missing").content.decode()
    values = {"title": "Lighthouse", "alt_text": "At dawn", "words": "sea, light"}
    edda.post(media.get_absolute_url(), values)
    media.refresh_from_db()
    assert (media.alt_text, sorted(tag.name for tag in media.tags.all())) == ("At dawn", ["light", "sea"])
    assert "Lighthouse" in edda.get("/admin/media/mediafile/?q=sea").content.decode()
    assert "Nothing matches" in edda.get("/admin/media/mediafile/?q=zebra").content.decode()


def test_an_empty_library_says_what_to_do(client_for, editor):
    assert "The library is empty" in client_for(editor).get("/admin/media/mediafile/").content.decode()


def test_deleting_removes_the_files(client_for, editor, take, store):
    media, _job = take(png())
    edda = client_for(editor)
    edda.post(reverse("admin:media_mediafile_delete", args=[media.pk]), {"post": "yes"})
    assert not MediaFile.objects.exists()
    assert stored(store) == []
    assert AuditEntry.objects.filter(action="media.deleted").exists()


def test_the_api_uploads_lists_and_draws(client, call, tenant, editor, viewer):
    secret = tokens.issue(editor, tenant, "t")[1]
    head = {"Authorization": f"Bearer {secret}"}
    made = client.post("/api/media", {"file": SimpleUploadedFile("a.png", png()), "altText": "Red"}, headers=head)
    assert made.status_code == 201
    found = call("GET", "/api/media").json()
    assert (found["total"], found["items"][0]["altText"]) == (1, "Red")
    refused = client.post("/api/media", {"file": SimpleUploadedFile("a.png", b"no")}, headers=head)
    assert refused.json()["error"]["details"][0]["field"] == "file"
    answer = call("POST", "/api/media/images", {"prompt": "P", "dimensions": {"width": 100, "height": 100}})
    assert answer.status_code == 202
    assert answer.json()["jobId"].startswith("image-edda-")
    reader = tokens.issue(viewer, tenant, "t")[1]
    assert call("POST", "/api/media/images", {"prompt": "P"}, token=reader).status_code == 403
    assert call("POST", "/api/media/images", {"prompt": "P", "brandId": "x"}).status_code == 422


def test_the_test_door_of_the_seed(call, client, tenant, owner, editor):
    secret = tokens.issue(owner, tenant, "t")[1]
    body = {
        "tenantId": "studio",
        "postId": "7",
        "prompt": "A lighthouse",
        "style": "minimalist",
        "dimensions": {"width": 200, "height": 100},
        "brandColors": ["#112233"],
        "brandFonts": ["Manrope"],
    }
    answer = call("POST", "/api/queue/test/image/generate", body, token=secret)
    assert answer.status_code == 202
    run(job := Job.objects.get(pk=answer.json()["jobId"]))
    assert job.state == "completed"
    assert json.dumps(job.payload) == json.dumps({"order_id": job.payload["order_id"]})
    assert call("POST", "/api/queue/test/image/generate", body).status_code == 403


def test_a_body_that_is_too_large_is_refused_by_its_length(db, settings):
    settings.LARGEST_UPLOAD_MB = 1
    for path in ("/api/media", "/admin/media/mediafile/add/"):
        answer = Client().post(path, CONTENT_LENGTH=str(3 * 1024 * 1024))
        assert answer.status_code == 413
        assert "At most 1 MB" in answer.content.decode()


def test_the_same_key_and_file_is_the_same_upload(take):
    first, second = take(png(), key="k"), take(png(), key="k")
    assert first == second
    with pytest.raises(KeyReused):
        take(png(colour="blue"), key="k")
    assert MediaFile.objects.filter(parent=None).count() == 1


def test_the_same_key_and_video_is_the_same_job(take, clip):
    assert take(clip, "a.mp4", key="v") == take(clip, "a.mp4", key="v")
    assert Job.objects.count() == 1


def test_nul_in_words_is_left_out(take):
    media, _job = take(png(), title="a\x00b", alt_text="c\x00d")
    assert (media.title, media.alt_text) == ("ab", "cd")


def test_deleting_reaches_what_was_made_of_what_was_made(take, tenant, store):
    media, _job = take(png())
    parent = media
    for number in range(4):
        name = default_storage.save(f"1/made/{number}.png", ContentFile(b"x"))
        parent = MediaFile.objects.create(
            tenant=tenant, kind="image", title="x", file=name, parent=parent, variant=f"v{number}"
        )
    storing.remove(media)
    assert stored(store) == []


def test_a_transcript_is_a_use(take, clip, tenant, editor):
    media, _job = take(clip, "a.mp4")
    Transcript.objects.create(tenant=tenant, user=editor, media=media, language="en", engine="whisper", cues=[])
    assert used_in(media) == []
    cues = [{"start": 0, "end": 1, "text": "x"}]
    Transcript.objects.create(tenant=tenant, user=editor, media=media, language="en", engine="whisper", cues=cues)
    assert len(used_in(media)) == 1


def test_a_file_that_nobody_has_looked_at_is_not_served(take, clip, client_for, editor):
    media, _job = take(clip, "a.mp4")
    assert client_for(editor).get(media.url).status_code == 404


def test_sound_has_no_shapes_and_addresses_are_judged_at_the_door(call, take, clip):
    media, _job = take(clip, "a.mp4")
    MediaFile.objects.filter(pk=media.pk).update(kind="audio", state="ready")
    assert call("POST", f"/api/media/{media.pk}/variants", {"variants": ["square"]}).status_code == 422
    for url in ("file:///etc/passwd", "concat:/etc/passwd", "https://user:pw@example.com/x.mp4"):
        for path in ("videos", "transcripts"):
            assert call("POST", f"/api/media/{path}", {"videoUrl": url}).status_code == 422
    assert call("POST", "/api/media/images", {"prompt": "x", "brandFonts": ["a\x00b"]}).status_code == 422
    assert call("POST", "/api/media/images", {"prompt": "x", "brandId": True}).status_code == 422
    unknown = call("POST", "/api/media/images", {"prompt": "x", "model": "nope"})
    assert "such as offline-cards" in unknown.content.decode()
