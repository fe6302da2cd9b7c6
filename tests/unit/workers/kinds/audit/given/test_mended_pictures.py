"""Which pictures are others than those that an explanation saw under the same names."""

from __future__ import annotations

from jobs import keys
from jobs.listings.image_listing import ImageListing, ListedImage
from jobs.listings.listed_shards import ListedTable, TableColumns
from store.memory import MemoryStore
from workers.kinds.audit.given.mended_pictures import MendedPictures, mended_pictures


def between(explained: ImageListing, audited: ImageListing) -> MendedPictures:
    store = MemoryStore("listings")
    store.put(keys.listing("explanation"), explained.encode())
    store.put(keys.listing("audit"), audited.encode())
    return mended_pictures("audit", "explanation", store)


def pictures(**sizes: int) -> ImageListing:
    return ImageListing(dataset="d", images=tuple(ListedImage(path=path, size=size) for path, size in sizes.items()))


def tables(**sizes: int) -> ImageListing:
    found = tuple(ListedTable(path=f"{path}.parquet", size=size, rows=2) for path, size in sizes.items())
    return ImageListing(dataset="d", images=(), tables=found, columns=TableColumns(image="image"))


def test_a_picture_of_another_size_is_another_picture() -> None:
    mended = between(pictures(a=1, b=1), pictures(a=2, b=1, c=1))
    assert [name for name in "abc" if name in mended] == ["a"]


def test_all_rows_of_a_table_of_another_size_are_other_pictures() -> None:
    mended = between(tables(train=1, train_2=1), tables(train=2, train_2=1))
    assert "train/0000001 rose.jpg" in mended
    assert "train_2/0000001 rose.jpg" not in mended


def test_pictures_that_are_not_listed_stay_as_they_are() -> None:
    assert "a" not in mended_pictures("audit", "explanation", MemoryStore("empty"))
