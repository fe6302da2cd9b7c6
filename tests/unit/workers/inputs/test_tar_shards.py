"""Tar files of WebDataset are listed by their headers: which pictures they hold, where, and of which class."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from tests.services.shards import png, samples, tar
from workers.inputs.tar_shards import TarContents, tar_contents


def contents(data: bytes, *, label: str | None = None) -> TarContents:
    return tar_contents(io.BytesIO(data), "train-0.tar", label=label)


def classes(found: TarContents) -> dict[str, str | None]:
    return {picture.path: picture.member.class_name for picture in found.pictures}


def test_a_picture_lies_where_its_listing_says() -> None:
    data = tar(samples(["0", "2", "1"]))
    found = contents(data)
    assert [picture.path for picture in found.pictures] == [f"train-0/{number:04d}.png" for number in range(3)]
    for number, picture in enumerate(found.pictures):
        start = picture.member.offset
        assert data[start : start + picture.size] == png(10 * number)


@pytest.mark.parametrize(
    ("ending", "content", "label", "expected"),
    [
        ("cls", b"3\n", None, "3"),
        ("cls", b"rose", None, "rose"),
        ("cls", b"-1", None, None),
        ("json", b'{"label": 3}', None, "3"),
        ("json", b'{"label": "rose", "kind": "shrub"}', "kind", "shrub"),
        ("json", b'{"label": [3]}', None, None),
        ("json", b"not json", None, None),
        ("json", b"[" * 100_000, None, None),
        ("species", b"rose", "species", "rose"),
        ("txt", b"a rose in the rain", None, None),
    ],
)
@pytest.mark.parametrize("picture_first", [True, False])
def test_the_class_stands_beside_the_picture(
    ending: str, content: bytes, label: str | None, expected: str | None, *, picture_first: bool
) -> None:
    sample = [("a/b.png", png(0)), (f"a/b.{ending}", content)]
    found = contents(tar(sample if picture_first else sample[::-1]), label=label)
    assert classes(found) == {"train-0/a/b.png": expected}


def test_what_is_no_picture_is_counted() -> None:
    found = contents(
        tar([("a.png", png(0)), ("a.mask.png", png(9)), ("a.cls", b"1"), ("b.txt", b"x"), ("c.mp4", b"y")])
    )
    assert classes(found) == {"train-0/a.png": "1"}
    assert found.ignored == 3


def test_a_name_that_comes_twice_gets_its_place() -> None:
    found = contents(tar([("a.png", png(0)), ("b.png", png(1)), ("a.png", png(2))]))
    assert list(classes(found)) == ["train-0/a.png", "train-0/b.png", "train-0/a.png-0000002"]


def test_links_and_folders_are_no_pictures() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (("a.png", tarfile.SYMTYPE), ("b.png", tarfile.DIRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert not contents(buffer.getvalue()).pictures


@pytest.mark.parametrize("cut", [512 + 100, 3 * 512 + 10, 4 * 512, 4 * 512 + 100])
def test_a_file_that_is_cut_off_tells_what_it_had_and_that_more_is_missing(cut: int) -> None:
    whole = tar(samples(["0", "1", "2", "3"]))
    found = contents(whole[:cut])
    last = found.pictures[-1]
    if last.member.problem:
        assert last.path == "train-0.tar"
        assert "the tar file is damaged" in last.member.problem
    else:
        assert cut % 512 == 0  # at the end of a member nothing tells that more should follow


def test_a_file_that_is_damaged_in_the_middle_tells_where() -> None:
    data = bytearray(tar(samples(["0", "1", "2", "3"])))
    data[4 * 512 : 5 * 512] = b"x" * 512
    found = contents(bytes(data))
    assert [bool(picture.member.problem) for picture in found.pictures] == [False, True]
    assert "is damaged after 2 members, at byte 2048" in found.pictures[-1].member.problem


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged or cut off after 0 members"),
        (b"no tar at all" * 100, "damaged or cut off after 0 members"),
        (gzip.compress(tar(samples(["0"]))), "is compressed"),
    ],
)
def test_what_is_no_tar_file_is_told(data: bytes, words: str) -> None:
    [picture] = contents(data).pictures
    assert words in picture.member.problem
