from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.image_listing import ALL, ImageListing, ListedImage, is_picture, prefix_of


def listing(*paths: str) -> ImageListing:
    images = tuple(ListedImage(path=path, size=1) for path in sorted(paths))
    return ImageListing(dataset="store:datasets/mine", images=images)


def sizes(found: ImageListing) -> dict[str, int]:
    return {split: len(images) for split, images in found.splits().items()}


def test_a_folder_per_class_is_one_split() -> None:
    found = listing("rose/1.jpg", "rose/deeper/2.jpg", "tulip/1.jpg")
    assert sizes(found) == {ALL: 3}
    assert found.class_names() == ("rose", "tulip")
    assert found.classes()["rose/deeper/2.jpg"] == "rose"


def test_folders_named_like_splits_are_splits() -> None:
    found = listing("train/rose/1.jpg", "train/tulip/1.jpg", "test/rose/1.jpg", "loose.jpg")
    assert sizes(found) == {"train": 2, "test": 1, ALL: 4}
    assert found.class_names() == ("rose", "tulip")
    assert found.classes() == {
        "train/rose/1.jpg": "rose",
        "train/tulip/1.jpg": "tulip",
        "test/rose/1.jpg": "rose",
        "loose.jpg": None,
    }


def test_a_class_that_is_called_test_is_a_class_beside_others() -> None:
    found = listing("test/1.jpg", "rose/1.jpg")
    assert (sizes(found), found.class_names()) == ({ALL: 2}, ("rose", "test"))


def test_loose_pictures_have_no_label() -> None:
    assert listing("1.jpg", "2.jpg").class_names() == ()
    assert listing("test/1.jpg").classes() == {"test/1.jpg": None}


@pytest.mark.parametrize(
    ("path", "picture"),
    [
        ("a.jpg", True),
        ("b/A.JPEG", True),
        ("c.png", True),
        ("d.WebP", True),
        ("IMG_0001.HEIC", True),
        ("scan.tif", True),
        ("g.avif", True),
        ("e.txt", False),
        ("x/.f.jpg", False),
        ("Thumbs.db", False),
        ("jpg", False),
    ],
)
def test_pictures_are_told_by_their_names(path: str, *, picture: bool) -> None:
    assert is_picture(path) is picture


@pytest.mark.parametrize("dataset", ["store:datasets/mine", "store:datasets/mine/", "store:/datasets/mine"])
def test_a_slash_more_or_less_means_the_same_folder(dataset: str) -> None:
    assert prefix_of(dataset) == "datasets/mine/"


def test_the_version_tells_any_change() -> None:
    one, two = listing("a.jpg"), listing("a.jpg", "b.jpg")
    grown = one.model_copy(update={"images": (ListedImage(path="a.jpg", size=2),)})
    assert len({one.version, two.version, grown.version}) == 3


SEGMENT = st.sampled_from(["train", "validation", "test", "rose", "tulip", "deep"])
PATHS = st.lists(st.lists(SEGMENT, max_size=3), max_size=12, unique_by=tuple)


@given(PATHS)
def test_every_picture_is_in_all_and_in_at_most_one_other_split(folders: list[list[str]]) -> None:
    found = listing(*("/".join([*folder, f"{number}.jpg"]) for number, folder in enumerate(folders)))
    splits = found.splits()
    assert splits.pop(ALL) == found.images
    apart = [image.path for images in splits.values() for image in images]
    assert len(apart) == len(set(apart))
    assert set(apart) <= {image.path for image in found.images}
    assert set(found.classes()) == {image.path for image in found.images}
