"""Downloads all files of a job, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from cli.client.api_client import ApiClient
from cli.download.drawn_picture import DrawnPicture, drawn_pictures
from cli.download.fetch_file import fetch_file
from cli.download.remote_file import RemoteFile, read_remote_file
from cli.errors import CliError

AT_ONCE = 8
MAX_QUEUED = 128  # a job may have a million files, which are not all queued at once


@dataclass(frozen=True)
class Fetched:
    """The result for one file: ``error`` is empty if the file is complete on disk."""

    file: RemoteFile
    downloaded: bool
    error: str = ""


def fetch_job(
    api: ApiClient,
    job_id: str,
    folder: Path,
    *,
    at_once: int = AT_ONCE,
    pictures: bool = False,
    done: Callable[[Fetched], None] = lambda _: None,
) -> list[Fetched]:
    """Download every file of the job to ``folder``; a file that fails does not stop the others.

    Args:
        api: the API to ask.
        job_id: the job.
        folder: created if it does not exist.
        at_once: number of simultaneous downloads.
        pictures: also those that are not stored, which the API then draws.
        done: called after each file, in order.

    Raises:
        ApiUnreachable, Refused: the files could not be listed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stored = (read_remote_file(job_id, item) for item in api.artifacts(job_id))
    drawn = drawn_pictures(api, job_id) if pictures else ()
    files: Iterator[RemoteFile | DrawnPicture] = chain(stored, drawn)
    results = []
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for result in _in_order(pool, files, api, folder):
                results.append(result)
                done(result)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _in_order(
    pool: ThreadPoolExecutor, files: Iterator[RemoteFile | DrawnPicture], api: ApiClient, folder: Path
) -> Iterator[Fetched]:
    waiting: list[Future[Fetched]] = []
    while True:
        waiting += [pool.submit(_fetch, api, file, folder) for file in islice(files, MAX_QUEUED - len(waiting))]
        if not waiting:
            return
        yield waiting.pop(0).result()


def _fetch(api: ApiClient, wanted: RemoteFile | DrawnPicture, folder: Path) -> Fetched:
    file = RemoteFile(wanted.name, wanted.address, 0, "")
    try:
        file = wanted.described(api) if isinstance(wanted, DrawnPicture) else wanted
        return Fetched(file, downloaded=fetch_file(api, file, folder))
    except (CliError, OSError) as error:
        return Fetched(file, downloaded=False, error=str(error))
