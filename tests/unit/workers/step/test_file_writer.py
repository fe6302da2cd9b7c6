"""Files of an attempt: whatever their names are, they are stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.names.file_name import legal_name
from store.base import ObjectStore
from store.local import LocalStore
from store.memory import MemoryStore
from workers.step.file_writer import FileWriter

PREFIX = "jobs/01J/attempts/shard-00000/one/"


@pytest.fixture
def local(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


def written(store: ObjectStore, image_id: str) -> str:
    """The key under which the picture of an image lies, which is checked to hold it."""
    data = image_id.encode()
    files = FileWriter(store, PREFIX)
    artifact = files.put(f"{image_id}/gradcam.jpg", data, "image/jpeg", path=f"gradcam/{image_id}.jpg", flushed=False)
    assert artifact.name == f"{image_id}/gradcam.jpg"
    assert store.get(artifact.key) == data
    return artifact.key


def test_a_name_that_leaves_room_gives_the_key(local: LocalStore) -> None:
    assert written(local, "rose/a\u202fb.jpg") == f"{PREFIX}gradcam/rose/a\u202fb.jpg.jpg"


@pytest.mark.parametrize("image_id", ["n" * 252, "n" * 255, "\u82b1" * 85, "/".join(["n" * 220] * 4)])
def test_a_name_that_leaves_no_room_gives_its_digest(local: LocalStore, image_id: str) -> None:
    assert written(local, image_id).startswith(f"{PREFIX}digests/")


def test_a_picture_that_has_the_name_of_a_folder_of_others_is_stored_beside_it(local: LocalStore) -> None:
    ids = ["a", "a.jpg/b", "c.jpg/d", "c"]
    assert len({written(local, image_id) for image_id in ids}) == len(ids)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ids=st.sets(st.text(st.characters(exclude_categories=())).map(legal_name), max_size=4))
def test_pictures_of_images_of_any_name_are_stored_apart(local: LocalStore, ids: set[str]) -> None:
    for store in (MemoryStore("any"), local):
        assert len({written(store, image_id) for image_id in ids}) == len(ids)
