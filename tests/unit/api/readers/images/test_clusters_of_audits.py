"""In which clusters an audit put the images of a job is known as soon as the audit is, also where lists are kept."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from api.readers.file_cache import FileCache
from api.readers.images.facets import count_facets
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import IMAGES, RECORDS, ResultFileReader
from api.readers.images.result_query import ResultReader
from api.readers.report_reader import ReportReader
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.results.images.cluster_table import CLUSTER, CLUSTERS, IMAGE_ID
from jobs.results.images.image_filter import ImageFilter
from jobs.results.manifest import Manifest
from jobs.state import JobState
from store.memory import MemoryStore
from tests.services.stored_results import START, MadeUpImage, put_artifact, store_ended, store_results
from workers.tables.image_part import PARQUET, encode_part

JOB = "explained"
IDS = ("a.jpg", "b.jpg", "c.jpg")
IN_SECOND = ImageFilter(cluster=(2,))


class Installation:
    """A job that is over, and the audits of its images that there are by now."""

    def __init__(self) -> None:
        self.store = MemoryStore("clusters")
        self.audit: str | None = None
        maps = {"gradcam": np.ones((2, 2), np.float32)}
        store_results(self.store, JOB, [MadeUpImage(image_id, maps=maps) for image_id in IDS])
        reports = ReportReader(self.store)
        rows = reports.report(JOB, "shard-00000").rows
        assert rows is not None
        self.finish(JOB, *(rows.model_copy(update={"name": name}) for name in (IMAGES, RECORDS)))
        files = ResultFileReader(reports, FileCache(self.store), audit_of=lambda _: self.audit)
        self.tables = ImageTables(files)

    def finish(self, job_id: str, *files: Artifact) -> None:
        """Name the files of a job as a whole."""
        manifest = Manifest(job_id=job_id, kind="explain", created_at=START, complete=True, reports=(), files=files)
        self.store.put(keys.manifest(job_id), manifest.encode())

    def audited(self, audit_id: str, *clusters: int) -> None:
        """An audit that puts each image into a cluster comes to its end."""
        store_ended(self.store, audit_id, {"kind": "audit"}, JobState.SUCCEEDED)
        table = encode_part(pa.table({IMAGE_ID: IDS, CLUSTER: pa.array(clusters, pa.int32())}))
        self.finish(audit_id, put_artifact(self.store, keys.job(audit_id), CLUSTERS, table, PARQUET))
        self.audit = audit_id

    def facet(self) -> dict[int, int] | None:
        """Images by cluster."""
        return count_facets(self.tables, JOB, ImageFilter()).cluster

    def total(self) -> int:
        """Images of the second cluster."""
        return ResultReader(self.tables).total(JOB, IN_SECOND)


def test_clusters_appear_with_the_audit_and_change_with_the_next_one() -> None:
    here = Installation()
    assert here.facet() is None
    with pytest.raises(InvalidSpec):
        here.total()
    here.audited("first", 1, 2, 2)
    assert (here.facet(), here.total()) == ({1: 1, 2: 2}, 2)
    here.audited("second", 1, 1, 2)
    assert (here.facet(), here.total()) == ({1: 2, 2: 1}, 1)
    assert count_facets(here.tables, JOB, IN_SECOND).total == 1
