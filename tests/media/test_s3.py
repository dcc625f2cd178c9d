"""The store as an S3 bucket, against moto: the same rows, files and jobs, nothing on this machine's disk."""

import boto3
import pytest
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer

from media import ordering, storing, sweeping, uploading
from media.models import MediaFile
from media.orders import PictureOrder, VideoOrder
from tests.media.clips import make
from tests.media.conftest import run, stored
from tests.media.test_library import png

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, settings, monkeypatch):
    options = {
        "bucket_name": "pressroom",
        "access_key": "key",
        "secret_key": "secret",
        "endpoint_url": server,
        "region_name": "us-east-1",
        "default_acl": None,
        "file_overwrite": True,
    }
    who = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    found = boto3.resource("s3", endpoint_url=server, **who).create_bucket(Bucket="pressroom")
    before = settings.STORAGES
    settings.STORAGES = {**before, "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    storages._storages.clear()
    default_storage._wrapped = storages["default"]
    yield found
    found.objects.all().delete()
    found.delete()
    settings.STORAGES = before
    storages._storages.clear()
    storages.__dict__.pop("backends", None)
    default_storage._wrapped = storages["default"]


def names(bucket):
    return sorted(one.key for one in bucket.objects.all())


def test_the_library_lives_in_a_bucket(bucket, tenant, editor, client_for, tmp_path, store):
    picture, _job = uploading.take(SimpleUploadedFile("a.png", png()), tenant=tenant, user=editor)
    content = make(tmp_path / "clip.mp4").read_bytes()
    video, job = uploading.take(SimpleUploadedFile("clip.mp4", content), tenant=tenant, user=editor)
    run(job, video)
    assert (job.state, video.state) == ("completed", "ready")
    _row, job = ordering.process(video, VideoOrder(variants=["square"]), user=editor)
    run(job)
    assert job.state == "completed"
    drawing, job = ordering.draw(PictureOrder(prompt="A card"), tenant=tenant, user=editor)
    run(job, drawing)
    assert job.state == "completed"
    known = {str(row.file.name) for row in MediaFile.objects.all()}
    assert set(names(bucket)) == known
    assert stored(store) == []
    part = client_for(editor).get(video.url, headers={"Range": "bytes=4-7"})
    assert b"".join(part.streaming_content) == b"ftyp"
    assert b"".join(client_for(editor).get(picture.url).streaming_content)[:4] == b"\x89PNG"
    storing.remove(video)
    assert set(names(bucket)) == {str(row.file.name) for row in MediaFile.objects.all()}


def test_orphans_in_a_bucket_are_swept_when_they_are_old(bucket, tenant, monkeypatch):
    bucket.put_object(Key="1/uploads/orphan.png", Body=b"x")
    assert sweeping.sweep() == 0
    monkeypatch.setattr(sweeping, "AGE", sweeping.AGE * 0)
    assert sweeping.sweep() == 1
    assert names(bucket) == []
