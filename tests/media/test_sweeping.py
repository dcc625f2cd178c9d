"""Files that no row knows are deleted by the clean-up, young ones and known ones stay."""

import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from media import sweeping
from media.models import MediaFile
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
