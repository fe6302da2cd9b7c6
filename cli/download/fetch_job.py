"""Downloads all files of a job, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cli.client.api_client import ApiClient
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
    done: Callable[[Fetched], None] = lambda _: None,
) -> list[Fetched]:
    """Download every file of the job to ``folder``; a file that fails does not stop the others.

    Args:
        api: the API to ask.
        job_id: the job.
        folder: created if it does not exist.
        at_once: number of simultaneous downloads.
        done: called after each file, in order.

    Raises:
        ApiUnreachable, Refused: the files could not be listed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = (read_remote_file(job_id, item) for item in api.artifacts(job_id))
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


def _in_order(pool: ThreadPoolExecutor, files: Iterator[RemoteFile], api: ApiClient, folder: Path) -> Iterator[Fetched]:
    waiting: list[Future[Fetched]] = []
    while True:
        waiting += [pool.submit(_fetch, api, file, folder) for file in islice(files, MAX_QUEUED - len(waiting))]
        if not waiting:
            return
        yield waiting.pop(0).result()


def _fetch(api: ApiClient, file: RemoteFile, folder: Path) -> Fetched:
    try:
        return Fetched(file, downloaded=fetch_file(api, file, folder))
    except (CliError, OSError) as error:
        return Fetched(file, downloaded=False, error=str(error))
