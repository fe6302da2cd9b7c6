"""Pictures in several tar files each have an id of their own, whatever files and members are called."""

from __future__ import annotations

from jobs.listings.listed_shards import TarMember
from store.memory import MemoryStore
from tests.services.shards import tar
from workers.inputs.dataset_files import DatasetFiles
from workers.inputs.shard_listings import listing_of_tars
from workers.inputs.tar_shards import TarPicture, told_apart


def test_a_folder_in_one_file_and_a_file_in_a_folder_are_told_apart() -> None:
    store = MemoryStore("tars")
    store.put("mine/train.tar", tar([("cat/1.jpg", b"first"), ("cat/1.cls", b"0")]))
    store.put("mine/train/cat.tar", tar([("1.jpg", b"other"), ("1.cls", b"1")]))
    files = DatasetFiles(store, "mine/")
    found = listing_of_tars("store:mine", files, list(files.list()), label=None, ignored=0)
    ids = [image.path for image in found.images]
    assert len(set(ids)) == 2
    assert ids[0] == "train/cat/1.jpg"
    pictures = {}
    for image in found.images:
        member = found.members[image.path]
        data = files.read(member.file, start=member.offset, stop=member.offset + image.size)
        pictures[data] = member.class_name
    assert pictures == {b"first": "0", b"other": "1"}


def test_a_picture_that_is_called_like_one_told_apart_keeps_an_id_of_its_own() -> None:
    pictures = [TarPicture(path, 1, TarMember(file="a.tar", offset=0)) for path in ("1.jpg", "1.jpg-0000002", "1.jpg")]
    assert [each.path for each in told_apart(pictures)] == ["1.jpg", "1.jpg-0000002", "1.jpg-0000002-0000002"]
