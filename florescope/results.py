"""The table of a job's results: as a Parquet file, and in Arrow, pandas or DuckDB."""

from __future__ import annotations

import atexit
import tempfile
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from florescope.download.fetch_file import fetch_file
from florescope.download.remote_file import described
from florescope.errors import NoSuchTable, NotFound
from florescope.http.connection import Connection
from florescope.http.job_calls import job_path
from florescope.job_view import JobView
from florescope.optional import optional

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

_one_folder = threading.Lock()
TABLES = {"explain": "results.parquet", "audit": "findings.parquet", "compare": "comparison.parquet"}
"""The main table of each kind of job that has one."""
_IMAGE = "image_id"
_CHOSEN = """
    SELECT found.* EXCLUDE (file_row_number) FROM read_parquet($file, file_row_number = true) AS found
    JOIN (SELECT unnest($ids) AS id, generate_subscripts($ids, 1) AS place) AS wanted ON found.image_id = wanted.id
    ORDER BY wanted.place, found.file_row_number
"""


class Results:
    """The rows of a job's table: all of them, or those of chosen images, in the order of these.

    An explanation has a row for each map of each image; docs/explanations.md lists the columns.

    Attributes:
        path: the Parquet file, with all rows: downloaded, its SHA-256 checked, and there until this process ends.
        image_ids: of the chosen images; None for all.
    """

    def __init__(self, path: Path, image_ids: Sequence[str] | None = None) -> None:
        self.path = path
        self.image_ids = None if image_ids is None else list(image_ids)

    def __repr__(self) -> str:
        chosen = "" if self.image_ids is None else f", {len(self.image_ids)} images of it"
        return f"<Results: {self.path}{chosen}>"

    def arrow(self) -> pa.Table:
        """The rows as a ``pyarrow.Table``.

        Raises:
            MissingPackage: pyarrow is not installed.
        """
        pa, pq, pc = optional("pyarrow"), optional("pyarrow", "parquet"), optional("pyarrow", "compute")
        if self.image_ids is None:
            return pq.read_table(self.path)
        wanted = pa.array(self.image_ids, pa.string())
        table = pq.read_table(self.path, filters=pc.field(_IMAGE).isin(wanted))
        places = pc.index_in(table.column(_IMAGE), wanted)
        return table.take(pc.sort_indices(places))  # which keeps the order of the maps of an image

    def pandas(self) -> pd.DataFrame:
        """The rows as a ``pandas.DataFrame``.

        Raises:
            MissingPackage: pandas or pyarrow is not installed.
        """
        optional("pandas")
        return self.arrow().to_pandas()

    def duckdb(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """The rows as a relation; those of a whole table are read from the file as they are asked for.

        Args:
            connection: of the database that is meant; by default, DuckDB's own.

        Raises:
            MissingPackage: duckdb is not installed.
        """
        engine = connection or optional("duckdb")
        if self.image_ids is None:
            return engine.read_parquet(str(self.path))
        return engine.sql(_CHOSEN, params={"file": str(self.path), "ids": self.image_ids})


def fetch_results(connection: Connection, view: JobView) -> Path:
    """Download the table of a job that is over, once for each process.

    Raises:
        NoSuchTable: jobs of this kind have none, or this one has none yet.
        DownloadIncomplete: the received bytes are not those of the table.
    """
    name = TABLES.get(view.kind)
    if name is None:
        raise NoSuchTable(f"a job of kind {view.kind} has no table of results: job.files() lists what it has")
    address = f"{job_path(view.id)}/artifacts/{quote(name)}"
    try:
        file = described(connection, name, address)
    except NotFound as error:
        why = "is written at its end" if not view.over else "was not made"
        raise NoSuchTable(
            f"job {view.id} is {view.state.value}, and its {name} {why}: job.images() gives the images that are there"
        ) from error
    with _one_folder:
        folder = _folder() / view.id
    fetch_file(connection, file, folder)
    return folder / name


@cache
def _folder() -> Path:
    """Of this process; removed at its end."""
    folder = tempfile.TemporaryDirectory(prefix="florescope-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
