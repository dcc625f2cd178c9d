"""Files that no row knows are deleted by the clean-up, young ones and known ones stay."""

import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from media import ordering, sweeping
from media.models import MediaFile
from media.orders import PictureOrder
from tests.media.conftest import stored

pytestmark = pytest.mark.django_db


def test_only_old_files_without_a_row_go(tenant, store, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    (settings.FILE_UPLOAD_TEMP_DIR / "old.upload").write_text("x")
    for name in ("1/uploads/known.png", "1/uploads/orphan.png", "1/uploads/young.png"):
        default_storage.save(name, ContentFile(b"x"))
    MediaFile.objects.create(tenant=tenant, kind="image", title="Known", file="1/uploads/known.png")
    old = time.time() - 24 * 3600
    for path in (store / "1/uploads/known.png", store / "1/uploads/orphan.png", tmp_path / "uploads/old.upload"):
        os.utime(path, (old, old))
    assert sweeping.sweep() == 2
    assert stored(store) == ["1/uploads/known.png", "1/uploads/young.png"]
    assert list((tmp_path / "uploads").iterdir()) == []


def aged(store, name):
    default_storage.save(name, ContentFile(b"x"))
    old = time.time() - 24 * 3600
    os.utime(store / name, (old, old))


def test_what_a_drawing_can_still_be_retried_with_stays(tenant, editor, store):
    order = PictureOrder(prompt="A card", dimensions={"width": 60, "height": 60})
    drawing, job = ordering.draw(order, tenant=tenant, user=editor)
    aged(store, drawing.stored_as("original.png"))
    assert sweeping.sweep() == 0
    job.delete()
    assert sweeping.sweep() == 1


def test_what_others_keep_in_the_same_bucket_is_not_ours(store):
    for name in ("backup/db.sql", "static/admin.css", "1/notes.txt", "2/uploads/ours.png", "3/drawing-7/picture.png"):
        aged(store, name)
    assert sweeping.sweep() == 2
    assert stored(store) == ["1/notes.txt", "backup/db.sql", "static/admin.css"]
