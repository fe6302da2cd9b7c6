"""Which pictures of a folder a job reads: bad ones, changed ones, and those of the job it retries."""

from __future__ import annotations

import io

from PIL import Image

from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, Origin
from jobs.listings.image_listing import ALL, ImageListing
from jobs.state import JobState
from tests.integration.workers.inputs.image_folders.conftest import FOLDER, explain, put_flowers, records, run_all
from tests.unit.ml.data.test_image_folder import png_header
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_bad_files_become_error_records_and_the_job_goes_on(services: Services) -> None:
    put_flowers(services, "test", count=6)
    bad = {
        "empty.jpg": b"",
        "bomb.png": png_header(50_000, 50_000),
        "text.webp": b"hello",
    }
    for name, data in bad.items():
        services.store.put(f"{FOLDER}/{name}", data)
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")
    services.store.put(f"{FOLDER}/tiny.png", buffer.getvalue())
    services.store.put(f"{FOLDER}/readme.txt", b"not a picture")
    job_id = explain(services)
    end = run_all(services, job_id)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    found = records(services, job_id)
    assert len(found) == 10
    assert {name for name, record in found.items() if record.error} == set(bad)
    assert "pixels" in (found["bomb.png"].error or "")
    assert found["tiny.png"].methods


def test_all_shards_mean_the_pictures_that_were_there_when_the_job_was_planned(services: Services) -> None:
    put_flowers(services, "test", count=8)
    job_id = explain(services, max_failure_rate=1, shard_size=4)
    run_step(job_id, "plan", services)
    listing = ImageListing.decode(services.store.get(keys.listing(job_id)))
    gone, changed = listing.images[2], listing.images[6]
    services.store.delete(f"{FOLDER}/{gone.path}")
    services.store.put(f"{FOLDER}/{changed.path}", b"another picture")
    services.store.put(f"{FOLDER}/aaa_new.png", b"new")
    run_all(services, job_id)
    found = records(services, job_id)
    assert list(found) == [image.path for image in listing.splits()[ALL]]
    assert "not any more" in (found[gone.path].error or "")
    assert "was changed" in (found[changed.path].error or "")


def test_a_retry_takes_up_the_pictures_that_the_first_job_saw(services: Services) -> None:
    put_flowers(services, "test", count=6)
    services.store.put(f"{FOLDER}/zzz_bad.png", b"")
    first = explain(services, max_failure_rate=1)
    run_all(services, first)
    put_flowers(services, "train", count=9)
    spec = Job.decode(services.store.get(keys.spec(first))).spec
    origin = Origin(retry_of=first)
    second = submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id
    end = run_all(services, second)
    assert list(records(services, second)) == ["zzz_bad.png"]
    assert end.summary is not None
    assert end.summary["pictures_replaced"] == 0


def test_a_retry_takes_the_new_bytes_of_a_picture_that_was_mended_and_says_so(services: Services) -> None:
    put_flowers(services, "test", count=6)
    for name in ("mended", "still_bad"):
        services.store.put(f"{FOLDER}/{name}.png", b"")
    first = explain(services)
    assert run_all(services, first).state is JobState.COMPLETED_WITH_ERRORS
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(buffer, "PNG")
    services.store.put(f"{FOLDER}/mended.png", buffer.getvalue())
    spec = Job.decode(services.store.get(keys.spec(first))).spec.model_copy(update={"max_failure_rate": 1.0})
    origin = Origin(retry_of=first)
    second = submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id
    end = run_all(services, second)
    errors = {name: record.error for name, record in records(services, second).items()}
    assert set(errors) == {"mended.png", "still_bad.png"}
    assert errors["mended.png"] is None
    assert "the file is empty" in str(errors["still_bad.png"])
    assert end.summary is not None
    assert end.summary["pictures_replaced"] == 1
