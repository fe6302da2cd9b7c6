"""Stores objects as files in a directory: the default store on one machine."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from stat import S_ISDIR

from jobs.errors import EXHAUSTED, ObjectExists, ObjectNotFound, StoreUnavailable
from store.base import ObjectInfo
from store.folder import (
    FolderInTheWay,
    LinkInTheWay,
    move_into_place,
    refuse_links,
    remove_empty_folders,
    write_new,
)
from store.key import InvalidKey, check_key, check_prefix
from store.partial import partial_file, sweep, sync, sync_file_system
from store.probe import probe
from store.transfer import download, open_source, read_chunks, sha256_of, write_chunks
from store.tree import walk

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_NAME = frozenset({errno.ENAMETOOLONG, errno.EILSEQ})
"""Errors of names that are legal keys, but that this file system does not allow."""
REFUSED = EXHAUSTED | frozenset(
    {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EMLINK, errno.ELOOP}
)


class LocalStore:
    """An ``ObjectStore`` in a directory of one file system; safe among threads and processes.

    An object is written to a partial file, flushed to the disk and then renamed atomically: a process killed at any
    moment leaves the old object or the new one. Only a new one that is not to be flushed is written in its place at
    once. No key can be both an object and the folder of another one. Symbolic links below the directory are not
    followed: what they lead to is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.url = self.root.as_uri()

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, content_type: str | None = None, flushed: bool = True
    ) -> ObjectInfo:
        """See ``ObjectStore.put``."""
        del content_type
        if not flushed and self._write_at_once(check_key(key), data):
            return ObjectInfo(key, len(data), sha256_of(data))
        return self._write(check_key(key), [data], if_absent=if_absent, flushed=flushed)

    def flush(self) -> None:
        """See ``ObjectStore.flush``: one call for the whole file system, for any number of objects."""
        with self._write_errors("."):
            sync_file_system(self.root)

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """See ``ObjectStore.put_file``."""
        del content_type
        check_key(key)
        with open_source(path) as source:
            return self._write(key, read_chunks(source), if_absent=False)

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``."""
        with self._errors(check_key(key)):
            return self._path(key).read_bytes()

    def get_file(self, key: str, path: Path, *, sha256: str | None = None) -> ObjectInfo:
        """See ``ObjectStore.get_file``."""
        return download(key, self.stream(key), path, sha256=sha256)

    def stream(self, key: str, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See ``ObjectStore.stream``."""
        with self._errors(check_key(key)):
            file = self._path(key).open("rb")
        with file:
            file.seek(start)
            chunks = read_chunks(file, at_most=None if stop is None else stop - start)
            while True:
                with self._errors(key):
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                yield chunk

    def head(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.head``; ``sha256`` is None."""
        try:
            with self._errors(check_key(key)):
                status = self._path(key).stat()
        except ObjectNotFound:
            return None
        return None if S_ISDIR(status.st_mode) else ObjectInfo(key, status.st_size)

    def list(self, prefix: str, *, after: str | None = None, limit: int | None = None) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``; ``sha256`` is None."""
        return islice(self._walk(check_prefix(prefix), after or ""), limit)

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``; folders that become empty are removed too."""
        check_key(key)
        with suppress(ObjectNotFound), self._errors(key):
            path = self._path(key)
            path.unlink()
            remove_empty_folders(path.parent, self.root)

    def presigned_url(self, key: str, *, expires_s: int = 3600) -> str | None:
        """See ``ObjectStore.presigned_url``: always None."""
        del expires_s
        check_key(key)
        return None

    def local_path(self, key: str) -> Path | None:
        """See ``ObjectStore.local_path``."""
        check_key(key)
        with suppress(ObjectNotFound), self._errors(key):
            path = self._path(key)
            return path if path.is_file() else None
        return None

    def ping(self) -> None:
        """See ``ObjectStore.ping``: the directory exists and can be read."""
        with self._write_errors("."):
            next(self.root.iterdir(), None)

    def self_test(self) -> None:
        """See ``ObjectStore.self_test``; also removes partial files of killed writers."""
        with self._errors("."):
            sweep(self.root)
        probe(self)

    def _path(self, key: str) -> Path:
        refuse_links(self.root, key)
        return self.root / key

    def _walk(self, prefix: str, after: str) -> Iterator[ObjectInfo]:
        with self._errors(prefix):
            yield from walk(self.root, prefix, after)

    def _write(self, key: str, chunks: Iterable[bytes], *, if_absent: bool, flushed: bool = True) -> ObjectInfo:
        with self._write_errors(key), partial_file(self.root) as (partial, file):
            info = write_chunks(key, chunks, file)
            if flushed:
                sync(file)
            else:
                file.flush()
            move_into_place(partial, self._path(key), replace=not if_absent, flushed=flushed)
        return info

    def _write_at_once(self, key: str, data: bytes) -> bool:
        with self._write_errors(key):
            return write_new(self._path(key), data)

    @contextmanager
    def _write_errors(self, key: str) -> Iterator[None]:
        try:
            with self._errors(key):
                yield
        except ObjectNotFound as error:
            if isinstance(error.__cause__, LinkInTheWay):
                raise InvalidKey(f"{key} cannot be an object in {self.url}: {error.__cause__}") from error
            raise StoreUnavailable(f"{self.url} cannot be written to: {error.__cause__}") from error

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate errors of the operating system into those of ``ObjectStore``."""
        try:
            yield
        except FolderInTheWay as error:
            raise InvalidKey(f"{key} cannot be an object in {self.url}: {error}") from error
        except FileExistsError as error:
            raise ObjectExists(f"{key} is already in {self.url}") from error
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ObjectNotFound(f"{key} is not in {self.url}") from error
        except OSError as error:
            if error.errno in NO_NAME:
                raise InvalidKey(f"{key} cannot be an object in {self.url}: {error.strerror}") from error
            if error.errno in DISK_FULL:
                raise StoreUnavailable(f"the store at {self.url} is full: {error.strerror}") from error
            if error.errno in REFUSED:
                raise StoreUnavailable(f"the store at {self.url} cannot be used: {error}") from error
            raise
