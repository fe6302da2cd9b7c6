"""Saves the results of a job in the formats of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from florescope.download.fetch_file import partial_name
from florescope.download.safe_path import safe_path
from florescope.download.save_answer import save_answer
from florescope.http.connection import Connection
from florescope.http.job_calls import job_path
from florescope.image import Image
from jobs.names.file_name import photograph_name

ResultForm = Literal["coco", "fiftyone"]
SAMPLES, PICTURES = "samples.json", "data"


def save_document(
    connection: Connection, job_id: str, form: ResultForm, path: Path, *, query: Mapping[str, Any]
) -> None:
    """Download one document; the file is there once it is whole.

    Raises:
        NotFound: the job has no results of images.
        ApiUnreachable: the answer broke off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    save_answer(connection, f"{job_path(job_id)}/results/{form}", path, query=query)


def save_photographs(images: Iterable[Image], folder: Path) -> None:
    """Save the photograph of each image that could be read, unless it is there already.

    Raises:
        NotFound: an image has none.
        UnsafeName: an id leads out of the folder.
    """
    for image in images:
        path = safe_path(folder, photograph_name(image.id))
        if image.error is None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(partial_name(path.name))
            partial.write_bytes(image.photograph())
            partial.replace(path)
