"""Downloads all files of a job, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from florescope.download.drawn_picture import DrawnPicture, drawn_pictures
from florescope.download.fetch_file import fetch_file
from florescope.download.remote_file import RemoteFile, described, job_files
from florescope.errors import DownloadIncomplete, FlorescopeError
from florescope.http.connection import Connection

AT_ONCE = 8
SHOWN = 20
MAX_QUEUED = 128  # a job may have a million files, which are not all queued at once


@dataclass(frozen=True)
class Fetched:
    """The result for one file: ``error`` is empty if the file is complete on disk."""

    file: RemoteFile
    downloaded: bool
    error: str = ""


def fetch_job(
    connection: Connection,
    job_id: str,
    folder: Path,
    *,
    at_once: int = AT_ONCE,
    pictures: bool = False,
    done: Callable[[Fetched], None] = lambda _: None,
) -> list[Fetched]:
    """Download every file of the job to ``folder``; a file that fails does not stop the others.

    Args:
        connection: to the API.
        job_id: the job.
        folder: created if it does not exist.
        at_once: number of simultaneous downloads.
        pictures: also those that are not stored, which the API then draws.
        done: called after each file, in order.

    Raises:
        ApiUnreachable, Refused: the files could not be listed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = drawn_pictures(connection, job_id) if pictures else ()
    files: Iterator[RemoteFile | DrawnPicture] = chain(job_files(connection, job_id), drawn)
    results = []
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for result in _in_order(pool, files, connection, folder):
                results.append(result)
                done(result)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def require_all(found: Sequence[Fetched]) -> None:
    """Every file is complete on disk.

    Raises:
        DownloadIncomplete: names the first that are not, each with its reason.
    """
    failed = [f"  {each.error}" for each in found if each.error]
    if failed:
        raise DownloadIncomplete("\n".join([f"{len(failed)} files could not be fetched:", *failed[:SHOWN]]))


def _in_order(
    pool: ThreadPoolExecutor, files: Iterator[RemoteFile | DrawnPicture], connection: Connection, folder: Path
) -> Iterator[Fetched]:
    waiting: list[Future[Fetched]] = []
    while True:
        waiting += [pool.submit(_fetch, connection, file, folder) for file in islice(files, MAX_QUEUED - len(waiting))]
        if not waiting:
            return
        yield waiting.pop(0).result()


def _fetch(connection: Connection, wanted: RemoteFile | DrawnPicture, folder: Path) -> Fetched:
    file = RemoteFile(wanted.name, wanted.address, 0, "")
    try:
        file = described(connection, wanted.name, wanted.address) if isinstance(wanted, DrawnPicture) else wanted
        return Fetched(file, downloaded=fetch_file(connection, file, folder))
    except (FlorescopeError, OSError) as error:
        return Fetched(file, downloaded=False, error=str(error))
