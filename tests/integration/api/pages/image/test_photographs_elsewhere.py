"""Photographs from Parquet files and from other buckets: read again on the page, without more than it takes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from api.readers.dataset_stores import DatasetBuckets
from api.readers.photographs import table_row
from dispatch.connection import Connection
from jobs import keys
from jobs.listings.image_listing import ImageListing, ListedImage
from jobs.listings.listed_shards import ListedTable, TableColumns
from store.base import ObjectStore
from store.memory import MemoryStore
from store.open_store import open_store
from tests.integration.api.pages.image.made_up import JOB, picture
from tests.services.moto_server import MotoServer, moto_server
from tests.services.shards import parquet
from tests.services.stored_results import MadeUpImage, store_results

FOLDER = "datasets/table"
BUCKET = "s3://elsewhere"
TABLE = "data/train-0.parquet"
ROWS, ROWS_IN_GROUP = 12, 4
PICTURES = [picture(row) for row in range(ROWS)]


def image_id(row: int, *, named: bool = True) -> str:
    return f"data/train-0/{row:07d}" + (f" {row}.png" if named else "")


def table(cells: Sequence[Any]) -> bytes:
    return parquet({"image": cells, "label": [0] * len(cells)}, rows_in_group=ROWS_IN_GROUP)


NAMED = table([{"bytes": data, "path": f"flowers/{row}.png"} for row, data in enumerate(PICTURES)])


def list_table(store: ObjectStore, dataset: str, data: bytes, *, named: bool = True) -> None:
    """A job that has explained all rows of a table."""
    store_results(
        store, JOB, [MadeUpImage(image_id(row, named=named)) for row in range(ROWS)], spec={"dataset": dataset}
    )
    tables = (ListedTable(path=TABLE, size=len(data), rows=ROWS),)
    listing = ImageListing(dataset=dataset, images=(), tables=tables, columns=TableColumns(image="image"))
    store.put(keys.listing(JOB), listing.encode())


def put_table(store: MemoryStore, data: bytes, *, named: bool = True) -> None:
    store.put(f"{FOLDER}/{TABLE}", data)
    list_table(store, f"store:{FOLDER}", data, named=named)


def shown(http: TestClient, image: str) -> Image.Image | None:
    """The photograph; None where there is none."""
    answer = http.get(f"/v1/jobs/{JOB}/photographs/{image}")
    return Image.open(io.BytesIO(answer.content)) if answer.status_code == 200 else None


def looks_like(found: Image.Image | None, data: bytes) -> bool:
    """Whether it is the middle of this picture, as JPEG leaves it."""
    assert found is not None
    middle = Image.open(io.BytesIO(data)).crop((20, 0, 140, 120))
    pairs = zip(found.resize((8, 8)).tobytes(), middle.resize((8, 8)).tobytes(), strict=True)
    return found.size == (120, 120) and max(abs(one - other) for one, other in pairs) < 30


@pytest.mark.parametrize("row", [0, 3, 4, 11])
def test_a_row_of_a_table_is_shown_at_its_own_resolution(http: TestClient, store: MemoryStore, row: int) -> None:
    put_table(store, NAMED)
    page = http.get(f"/jobs/{JOB}/images/{image_id(row)}", headers={"Accept": "text/html"}).text
    assert "read again from the data set" in page
    assert looks_like(shown(http, image_id(row)), PICTURES[row])


def test_pictures_may_be_plain_bytes_without_names(http: TestClient, store: MemoryStore) -> None:
    put_table(store, table(PICTURES), named=False)
    assert looks_like(shown(http, image_id(6, named=False)), PICTURES[6])


def test_a_row_that_now_has_another_name_is_not_shown(http: TestClient, store: MemoryStore) -> None:
    put_table(store, table([{"bytes": data, "path": f"flowers/{row + 1}.png"} for row, data in enumerate(PICTURES)]))
    assert shown(http, image_id(5)) is None


def test_a_table_of_another_size_is_not_looked_into(http: TestClient, store: MemoryStore) -> None:
    put_table(store, NAMED)
    store.put(f"{FOLDER}/{TABLE}", NAMED + b"more")
    assert "There is no photograph" in http.get(f"/jobs/{JOB}/images/{image_id(0)}").text


def test_of_a_table_that_is_gone_nothing_is_shown(http: TestClient, store: MemoryStore) -> None:
    put_table(store, NAMED)
    assert looks_like(shown(http, image_id(4)), PICTURES[4])
    store.delete(f"{FOLDER}/{TABLE}")
    assert shown(http, image_id(5)) is None


def test_the_list_of_another_data_set_is_not_gone_by(http: TestClient, store: MemoryStore) -> None:
    put_table(store, NAMED)
    listing = ImageListing.decode(store.get(keys.listing(JOB)))
    store.put(keys.listing(JOB), listing.model_copy(update={"dataset": "store:datasets/other"}).encode())
    assert shown(http, image_id(4)) is None


@pytest.mark.parametrize("damage", [slice(4, 4000), slice(-200, None)])
def test_a_damaged_table_has_no_photographs(http: TestClient, store: MemoryStore, damage: slice) -> None:
    data = bytearray(NAMED)
    data[damage] = bytes(len(data[damage]))
    put_table(store, bytes(data))
    assert shown(http, image_id(0)) is None


def test_groups_beyond_the_bound_are_not_read(
    http: TestClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_table(store, NAMED)
    monkeypatch.setattr(table_row, "GROUP_BYTES", 1000)
    assert shown(http, image_id(0)) is None


def test_only_the_footer_and_one_group_are_read_and_once_for_all_its_rows(
    http: TestClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_table(store, NAMED)
    stream, read = store.stream, []

    def noted(key: str, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        for chunk in stream(key, start=start, stop=stop):
            read.append(len(chunk) if key.endswith(TABLE) else 0)
            yield chunk

    monkeypatch.setattr(store, "stream", noted)
    for row in (4, 5, 6, 7):
        assert looks_like(shown(http, image_id(row)), PICTURES[row])
    assert 0 < sum(read) < len(NAMED) / 2
    before = sum(read)
    assert looks_like(shown(http, image_id(8)), PICTURES[8])
    assert before < sum(read) < len(NAMED)


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as running:
        running.create_bucket(BUCKET.removeprefix("s3://"))
        yield running


def of_buckets(store: MemoryStore, connection: Connection, buckets: DatasetBuckets) -> TestClient:
    return TestClient(create_app(store=store, board=connection.board, queue=connection.queue, buckets=buckets))


def test_tables_and_files_of_other_buckets_are_read_where_jobs_may_read(
    store: MemoryStore, connection: Connection, server: MotoServer
) -> None:
    bucket = open_store(BUCKET, s3=server.options)
    bucket.put(f"open/{TABLE}", NAMED)
    bucket.put("open/rose/1.png", PICTURES[1])
    http = of_buckets(store, connection, DatasetBuckets((f"{BUCKET}/open",), server.options))
    list_table(store, f"{BUCKET}/open", NAMED)
    assert looks_like(shown(http, image_id(10)), PICTURES[10])
    closed = of_buckets(store, connection, DatasetBuckets((f"{BUCKET}/other",), server.options))
    assert shown(closed, image_id(10)) is None
    store_results(store, "files", [MadeUpImage("rose/1.png")], spec={"dataset": f"{BUCKET}/open"})
    listed = (ListedImage(path="rose/1.png", size=len(PICTURES[1])),)
    store.put(keys.listing("files"), ImageListing(dataset=f"{BUCKET}/open", images=listed).encode())
    answer = http.get("/v1/jobs/files/photographs/rose/1.png")
    assert looks_like(Image.open(io.BytesIO(answer.content)), PICTURES[1])


def test_a_bucket_that_does_not_answer_does_not_take_the_page_away(
    store: MemoryStore, connection: Connection, server: MotoServer
) -> None:
    http = of_buckets(store, connection, DatasetBuckets(("s3://never-made",), server.options))
    list_table(store, "s3://never-made/open", NAMED)
    answer = http.get(f"/jobs/{JOB}/images/{image_id(0)}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "There is no photograph" in answer.text
