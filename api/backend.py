"""Gives every request the store, the broker and their readers, which are made once per process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from api.readers.dataset_index import DatasetIndex
from api.readers.dataset_stores import NO_BUCKETS, DatasetBuckets, DatasetStores
from api.readers.deleted_things import DeletedThings
from api.readers.file_cache import FileCache
from api.readers.images.comparison_lists import ComparisonLists
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import ResultFileReader
from api.readers.images.result_query import ResultReader
from api.readers.jobs.audit_of_job import AuditFinder
from api.readers.jobs.job_reader import JobReader
from api.readers.jobs.job_watch import JobWatch
from api.readers.jobs.log_reader import LogReader
from api.readers.model_list import ModelList
from api.readers.photographs.listed_pictures import ListedPictures
from api.readers.photographs.photograph_reader import PhotographReader
from api.readers.photographs.table_row import TableRows
from api.readers.pictures.nearest_images import NearestImageReader
from api.readers.pictures.picture_cache import PictureCache
from api.readers.pictures.picture_reader import PictureReader
from api.readers.pictures.raw_map_reader import RawMapReader
from api.readers.queue_reader import QueueReader
from api.readers.report_reader import ReportReader
from api.readiness import Readiness
from api.submission.image_count import ImageCount
from api.submission.quota_check import QuotaCheck
from dispatch.board import Board
from dispatch.step_queue import StepQueue
from dispatch.turn_changes import Turns
from store.base import ObjectStore

TABLES_BYTES = 2 << 30
"""Of footers and row groups that are kept on the disk."""


@dataclass(frozen=True)
class Backend:
    """The store and the broker, and the readers that look into them."""

    store: ObjectStore
    board: Board
    queue: StepQueue
    jobs: JobReader
    watch: JobWatch
    logs: LogReader
    queues: QueueReader
    turns: Turns
    reports: ReportReader
    models: ModelList
    results: ResultReader
    images: ImageTables
    pictures: PictureReader
    maps: RawMapReader
    photographs: PhotographReader
    comparisons: ComparisonLists
    audits: AuditFinder
    nearest: NearestImageReader
    datasets: DatasetIndex
    deleted: DeletedThings
    quotas: QuotaCheck
    readiness: Readiness


def make_backend(
    *,
    store: ObjectStore,
    board: Board,
    queue: StepQueue,
    tfds_dir: Path | None = None,
    buckets: DatasetBuckets = NO_BUCKETS,
) -> Backend:
    """Put readers in front of the store and the board; nothing is read yet."""
    queues = QueueReader(board, queue, store)
    deleted, files = DeletedThings(store), FileCache(store)
    reports, jobs = ReportReader(store, deleted=deleted), JobReader(store, board, queues, deleted=deleted)
    datasets = DatasetIndex(store, tfds_dir, prefixes=buckets.prefixes, deleted=deleted)
    audits = AuditFinder(jobs, reports)
    images = ImageTables(ResultFileReader(reports, files, audit_of=lambda job_id: audits.find(jobs.job(job_id))))
    maps = RawMapReader(reports, files)
    tables = TableRows(FileCache(store, limit_bytes=TABLES_BYTES))
    listed = ListedPictures(store, DatasetStores(store, buckets), tables)
    return Backend(
        store=store,
        board=board,
        queue=queue,
        jobs=jobs,
        watch=JobWatch(jobs.watched),
        logs=LogReader(store, board),
        queues=queues,
        turns=Turns(store, board, queue),
        reports=reports,
        models=ModelList(reports, jobs),
        results=ResultReader(images),
        images=images,
        pictures=PictureReader(store, maps, PictureCache()),
        maps=maps,
        photographs=PhotographReader(listed, reports, maps, tfds_dir),
        comparisons=ComparisonLists(reports, files, images),
        audits=audits,
        nearest=NearestImageReader(reports, files),
        datasets=datasets,
        deleted=deleted,
        quotas=QuotaCheck(store, board, ImageCount(store, datasets)),
        readiness=Readiness(store, board),
    )


def backend_of(request: Request) -> Backend:
    """The backend of the application that received this request."""
    found: Backend = request.app.state.backend
    return found


BackendOf = Annotated[Backend, Depends(backend_of)]
