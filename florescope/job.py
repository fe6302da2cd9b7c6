"""One job: its state, what came of it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from florescope.download.fetch_job import AT_ONCE, Fetched, fetch_job, require_all
from florescope.download.remote_file import RemoteFile, job_files
from florescope.download.result_document import PICTURES, SAMPLES, save_document, save_photographs
from florescope.errors import NotFound
from florescope.follow import Waiting
from florescope.http.job_calls import ask_job, job_path, submit_job
from florescope.image import Image, count_images, filter_query, images_of
from florescope.log import LogLine, read_log
from florescope.results import Results, fetch_results
from florescope.watched_job import WatchedJob


class Job(WatchedJob):
    """One job of an API. What may still change is asked for when it is read; after its end, nothing changes."""

    def annotate(self, *, name: str | None = None, tags: Iterable[str] | None = None, notes: str | None = None) -> Self:
        """Change what people write beside the job, also when it is over; what is not given stays.

        Args:
            name: in place of that of the specification; empty: that one again.
            tags: all that it is to have.
            notes: as many lines as wanted.
        """
        given = {"name": name, "tags": None if tags is None else list(tags), "notes": notes}
        change: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
        if name == "":
            change["name"] = None
        self._last = ask_job(self._connection, "PATCH", job_path(self.id), json=change)
        return self

    def prioritize(self, priority: str, *, deadline: str | None = None) -> Self:
        """Give the job another priority among those of its project, while it waits or runs.

        Args:
            priority: ``high``, ``normal`` or ``low``.
            deadline: a time with its zone by which it must have ended; empty: none any more; None: as it was.

        Raises:
            Refused: it is over, or the deadline has passed.
        """
        change: dict[str, Any] = {"priority": priority}
        if deadline is not None:
            change["deadline"] = deadline or None
        self._last = ask_job(self._connection, "PATCH", job_path(self.id), json=change)
        return self

    def pause(self) -> Self:
        """Have no further step of the job taken; those under way end first, a training stops and goes on later.

        Raises:
            Refused: it is over, or this key is no operator's.
        """
        self._last = ask_job(self._connection, "POST", f"{job_path(self.id)}:pause")
        return self

    def resume(self) -> Self:
        """Let a paused job go on where it was; raises as ``pause`` does."""
        self._last = ask_job(self._connection, "POST", f"{job_path(self.id)}:resume")
        return self

    def cancel(self) -> Self:
        """Ask the job to stop; what it has done stays readable.

        Raises:
            Refused: it is over.
        """
        self._last = ask_job(self._connection, "POST", f"{job_path(self.id)}:cancel")
        return self

    def retry(self) -> Job:
        """Submit a new job for the images that failed in this one; a lost answer does no harm, as of ``Client.submit``.

        Raises:
            Refused: it is not over, is no explanation, or none of its images failed.
        """
        view = submit_job(self._connection, f"{job_path(self.id)}:retry", key=uuid4().hex)
        return Job(self._connection, view)

    def images(self, *, limit: int | None = None, **filters: Any) -> Iterator[Image]:
        """The images of an explanation that pass all filters, also while it runs.

        Args:
            limit: how many at most; None for all.
            filters: as the API has them, for example ``outcome="wrong"``, ``label="tulip"``, ``sort="-confidence"``.
                Of several values, ``label=["tulip", "rose"]``, any will do; an empty list lets no image pass, and None
                asks for nothing.

        Raises:
            Refused: there is no such filter, or no such value; the message names those that there are.
        """
        return images_of(self._connection, self.id, filters, limit=limit)

    def count_images(self, **filters: Any) -> int:
        """How many images pass all filters, which are those of ``images``."""
        return count_images(self._connection, self.id, filters)

    def image(self, image_id: str) -> Image:
        """One image of an explanation.

        Raises:
            NotFound: there is none of this id.
        """
        found = next(self.images(id=image_id), None)
        if found is None or found.id != image_id:
            raise NotFound(f"job {self.id} has no image {image_id!r}")
        return found

    def results(self, *, limit: int | None = None, **filters: Any) -> Results:
        """The table of an explanation, audit or comparison that is over, for Arrow, pandas or DuckDB.

        Args:
            limit: only so many images of an explanation; None for all.
            filters: of an explanation, as for ``images``: only the rows of these images, and in their order.

        Raises:
            NoSuchTable: jobs of this kind have none, or this one has none yet.
            Refused: there is no such filter, or no such value.
            DownloadIncomplete: the received bytes are not those of the table.
        """
        path = fetch_results(self._connection, self.refresh())
        chosen = limit is not None or bool(filters)
        return Results(path, [image.id for image in self.images(limit=limit, **filters)] if chosen else None)

    def save_coco(self, path: Path | str, **filters: Any) -> Path:
        """Save the images of an explanation or evaluation in the JSON of COCO, each with its prediction and its region.

        Args:
            path: of the file.
            filters: as for ``images``; ``method`` says whose map gives the region.

        Raises:
            NotFound: the job has no results of images.
            ValueError: a filter is an empty list.
        """
        save_document(self._connection, self.id, "coco", Path(path), query=filter_query(filters))
        return Path(path)

    def save_fiftyone(self, folder: Path | str, *, photographs: bool = True, **filters: Any) -> Path:
        """Save the images as a data set that ``fiftyone.types.FiftyOneDataset`` names; raw maps become heatmaps.

        Args:
            folder: ``samples.json`` and ``data/`` are written there.
            photographs: also fetch the part of each photograph that the network saw, on which the maps lie.
            filters: as for ``images``.

        Raises:
            NotFound: the job has no results of images, or no photograph of one.
            ValueError: a filter is an empty list.
        """
        query = {**filter_query(filters), "photographs": str(photographs).lower()}
        save_document(self._connection, self.id, "fiftyone", Path(folder) / SAMPLES, query=query)
        if photographs:
            save_photographs(self.images(**filters), Path(folder) / PICTURES)
        return Path(folder)

    def log(self, *, follow: bool = False) -> Iterator[LogLine]:
        """What workers said of it: the last 2,000 lines or so; with ``follow``, also what they say until its end."""
        return read_log(self._connection, self.id, follow=Waiting() if follow else None)

    def files(self) -> Iterator[RemoteFile]:
        """Every file that it has made so far, with size and SHA-256."""
        return job_files(self._connection, self.id)

    def fetch(
        self,
        folder: Path,
        *,
        at_once: int = AT_ONCE,
        pictures: bool = False,
        done: Callable[[Fetched], None] = lambda _: None,
    ) -> list[Fetched]:
        """As ``download``, with what became of each file: one that fails does not stop the others."""
        return fetch_job(self._connection, self.id, folder, at_once=at_once, pictures=pictures, done=done)

    def download(self, folder: Path | str, *, pictures: bool = False) -> list[Path]:
        """Download every file, several at a time, and check each; what is there already is not fetched again.

        Args:
            folder: created if it does not exist.
            pictures: also those that are not stored, which the API then draws.

        Raises:
            DownloadIncomplete: some files could not be fetched; the others are there.
        """
        found = self.fetch(Path(folder), pictures=pictures)
        require_all(found)
        return [Path(folder, *each.file.name.split("/")) for each in found]
