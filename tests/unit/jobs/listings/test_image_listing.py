from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.listings.image_listing import ALL, ImageListing, ListedImage, is_picture
from jobs.listings.listed_shards import TarMember
from jobs.names.dataset_place import DatasetPlace, place_of
from jobs.names.split_name import split_of_file


def listing(*paths: str) -> ImageListing:
    images = tuple(ListedImage(path=path, size=1) for path in sorted(paths))
    return ImageListing(dataset="store:datasets/mine", images=images)


def shuffled(*paths: str) -> ImageListing:
    return listing(*paths).model_copy(update={"seed": 0})


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
        (".thumbnails/f.jpg", False),
        ("rose/.picasaoriginals/f.jpg", False),
        ("rose/@eaDir/f.jpg/SYNOPHOTO_THUMB_M.jpg", False),
        ("__MACOSX/rose/f.jpg", False),
        ("Thumbs.db", False),
        ("jpg", False),
    ],
)
def test_pictures_are_told_by_their_names(path: str, *, picture: bool) -> None:
    assert is_picture(path) is picture


@pytest.mark.parametrize("dataset", ["store:datasets/mine", "store:datasets/mine/", "store:/datasets/mine"])
def test_a_slash_more_or_less_means_the_same_folder(dataset: str) -> None:
    assert place_of(dataset) == DatasetPlace("", "datasets/mine/")


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


@given(PATHS)
def test_shuffling_keeps_every_picture_in_its_split(folders: list[list[str]]) -> None:
    paths = ["/".join([*folder, f"{number}.jpg"]) for number, folder in enumerate(folders)]
    plain, mixed = listing(*paths).splits(), shuffled(*paths).splits()
    assert {split: sorted(images, key=str) for split, images in plain.items()} == {
        split: sorted(images, key=str) for split, images in mixed.items()
    }


def test_the_first_pictures_of_a_folder_are_of_all_its_classes() -> None:
    found = shuffled(*(f"{name}/{number}.jpg" for name in ("daisy", "rose", "tulip") for number in range(50)))
    first = [image.path.split("/")[0] for image in found.splits()[ALL][:6]]
    assert sorted(first) == ["daisy", "daisy", "rose", "rose", "tulip", "tulip"]


def test_a_listing_of_before_keeps_its_order() -> None:
    stored = listing("b/1.jpg", "a/1.jpg", "val/1.jpg").model_dump(exclude={"seed", "changed", "label", "members"})
    old = ImageListing.model_validate(stored)
    assert [image.path for image in old.splits()[ALL]] == ["a/1.jpg", "b/1.jpg", "val/1.jpg"]
    assert list(ImageListing.model_validate({**stored, "images": stored["images"][2:]}).splits()) == [ALL]


@pytest.mark.parametrize(
    ("folder", "split"), [("Train", "train"), ("val", "validation"), ("VALID", "validation"), ("testing", "test")]
)
def test_splits_are_known_by_the_names_that_people_give_them(folder: str, split: str) -> None:
    found = shuffled(f"{folder}/rose/1.jpg", f"{folder}/tulip/2.jpg")
    assert sizes(found) == {split: 2, ALL: 2}
    assert found.class_names() == ("rose", "tulip")


def test_a_retry_sees_which_pictures_have_changed() -> None:
    now = listing("a.jpg", "new.jpg").model_copy(
        update={"images": (ListedImage(path="a.jpg", size=9), ListedImage(path="new.jpg", size=1))}
    )
    found = listing("a.jpg", "gone.jpg", "same.jpg").as_now(now)
    assert [(image.path, image.size) for image in found.images] == [("a.jpg", 9), ("gone.jpg", 1), ("same.jpg", 1)]
    assert found.changed == ("a.jpg",)


def members(**classes: str | None) -> ImageListing:
    """One picture of each name in a tar file."""
    found = {name: TarMember(file="train-0.tar", offset=0, class_name=each) for name, each in classes.items()}
    return listing(*classes).model_copy(update={"seed": 0, "members": found})


def test_tar_files_say_classes_and_splits() -> None:
    found = members(a="rose", b="tulip", c=None)
    assert found.class_names() == ("rose", "tulip")
    assert not found.numbered
    assert sizes(found) == {"train": 3, ALL: 3}


def test_numbers_in_tar_files_count_from_0() -> None:
    found = members(a="11", b="2", c=None)
    assert found.numbered
    assert found.class_names() == tuple(map(str, range(12)))
    assert not members(a="123456789").numbered


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("data/train-00000-of-00002.parquet", "train"),
        ("default/test/0000.parquet", "test"),
        ("flowers_val_03.tar", "validation"),
        ("trained-0.tar", None),
        ("0000.parquet", None),
    ],
)
def test_files_of_many_pictures_are_splits_by_a_word_of_their_names(path: str, split: str | None) -> None:
    assert split_of_file(path) == split
