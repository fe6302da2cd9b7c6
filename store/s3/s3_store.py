"""Stores objects in an S3 bucket, on AWS or on any S3-compatible server."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from jobs.errors import Corrupt, ObjectExists, ObjectNotFound, StoreUnavailable
from store.base import ObjectInfo
from store.key import check_key, check_prefix, is_legal_key
from store.probe import probe
from store.s3.client import ClientPool, upload_file
from store.s3.conditional import AlreadyExists, check_then_put, honours_conditional_put, put_if_absent
from store.s3.errors import BROKEN_READ, IncompleteResponse, PastTheEnd, s3_errors
from store.s3.options import S3Options
from store.transfer import CHUNK_BYTES, download, open_source, sha256_of

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, GetObjectRequestTypeDef, PutObjectRequestTypeDef

Found = TypeVar("Found")
PAGE_SIZE = 1000
READ_AGAIN = 5
"""Bytes that do not have the expected digest are read again so often: they may be sound in the store."""
SHA256 = "sha256"  # x-amz-meta-sha256


class S3Store:
    """An ``ObjectStore`` in an S3 bucket; safe among threads and processes, and it may be pickled.

    Attributes:
        url: ``s3://bucket/prefix``.
    """

    def __init__(self, bucket: str, prefix: str = "", *, options: S3Options | None = None) -> None:
        self.bucket = bucket
        self.options = options or S3Options()
        folder = prefix.strip("/")
        self.prefix = f"{check_key(folder)}/" if folder else ""
        self.url = f"s3://{bucket}/{folder}".rstrip("/")
        self._where = f"{self.url} at {self.options.server}"
        self._pool = ClientPool(self.options)
        self._conditional_put: bool | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self.bucket, self.prefix, self.options)

    @property
    def conditional_put(self) -> bool:
        """Whether the server honours ``If-None-Match: *`` on PUT; tested once."""
        if self._conditional_put is None:
            key = f"{self.prefix}probes/{uuid.uuid4().hex}"
            with self._errors(key):
                self._conditional_put = honours_conditional_put(self._pool.client(), self.bucket, key)
        return self._conditional_put

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, content_type: str | None = None, flushed: bool = True
    ) -> ObjectInfo:
        """See ``ObjectStore.put``; without conditional PUT, ``if_absent`` checks first and then writes."""
        del flushed
        digest = sha256_of(data)
        request: PutObjectRequestTypeDef = {"Bucket": self.bucket, "Key": self._key(key), "Body": data}
        request["Metadata"] = {SHA256: digest}
        if content_type:
            request["ContentType"] = content_type
        if if_absent:
            self._put_if_absent(key, request)
        else:
            with self._errors(key):
                self._pool.client().put_object(**request)
        return ObjectInfo(key, len(data), digest)

    def flush(self) -> None:
        """See ``ObjectStore.flush``: does nothing, because S3 confirms only durable writes."""

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """See ``ObjectStore.put_file``; large files are uploaded in parts, several at a time."""
        request = {"Bucket": self.bucket, "Key": self._key(key)}
        if content_type:
            request["ContentType"] = content_type
        with open_source(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        with self._errors(key):
            upload_file(self._pool.client(), path, request, {SHA256: digest})
        return ObjectInfo(key, size, digest)

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``; what was damaged on the way is read again.

        Raises:
            Corrupt: the bytes never have the digest with which this class wrote them.
        """
        return self._again(lambda: b"".join(self.stream(key)))

    def get_file(self, key: str, path: Path, *, sha256: str | None = None) -> ObjectInfo:
        """See ``ObjectStore.get_file``; what was damaged on the way is read again."""
        return self._again(lambda: download(key, self.stream(key), path, sha256=sha256))

    def stream(self, key: str, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See ``ObjectStore.stream``; an interrupted response is resumed at the same position.

        Raises:
            Corrupt: after the last chunk, where a whole object does not have the digest with which this class wrote it.
        """
        digest, written = hashlib.sha256(), None
        for chunk, written in self._chunks(key, start, stop):  # noqa: B007  (the last one counts)
            digest.update(chunk)
            if chunk:
                yield chunk
        if not start and stop is None:
            _require(written, digest.hexdigest(), key)

    def head(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.head``; ``sha256`` is set for objects that this class wrote."""
        try:
            with self._errors(key):
                found = self._pool.client().head_object(Bucket=self.bucket, Key=self._key(key))
                if "ContentLength" not in found:  # cut off inside the headers
                    raise IncompleteResponse
        except ObjectNotFound:
            return None
        return ObjectInfo(key, found["ContentLength"], found["Metadata"].get(SHA256))

    def list(self, prefix: str, *, after: str | None = None, limit: int | None = None) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``; ``sha256`` is None."""
        page_size = PAGE_SIZE if limit is None else max(1, min(limit, PAGE_SIZE))
        return islice(self._pages(check_prefix(prefix), after, page_size), limit)

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``; some servers call it an error where there is no object."""
        with suppress(ObjectNotFound), self._errors(key):
            self._pool.client().delete_object(Bucket=self.bucket, Key=self._key(key))

    def presigned_url(self, key: str, *, expires_s: int = 3600) -> str | None:
        """See ``ObjectStore.presigned_url``."""
        target = {"Bucket": self.bucket, "Key": self._key(key)}
        with self._errors(key):
            return self._pool.client().generate_presigned_url("get_object", Params=target, ExpiresIn=expires_s)

    def local_path(self, key: str) -> Path | None:
        """See ``ObjectStore.local_path``: there is none."""
        check_key(key)
        return None

    def ping(self) -> None:
        """See ``ObjectStore.ping``: the bucket can be listed."""
        next(self.list("", limit=1), None)

    def self_test(self) -> None:
        """See ``ObjectStore.self_test``; also tests again whether the server honours conditional PUT."""
        self._conditional_put = None
        probe(self)

    def _key(self, key: str) -> str:
        return self.prefix + check_key(key)

    def _errors(self, key: str) -> AbstractContextManager[None]:
        return s3_errors(key, self._where)

    def _put_if_absent(self, key: str, request: PutObjectRequestTypeDef) -> None:
        write = put_if_absent if self.conditional_put else check_then_put
        try:
            with self._errors(key):
                write(self._pool.client(), request)
        except AlreadyExists as error:
            raise ObjectExists(f"{key} is already in {self.url}") from error

    def _again(self, read: Callable[[], Found]) -> Found:
        """Read until the bytes are sound; if they never are, say so with the last of the errors."""
        for _ in range(READ_AGAIN):
            with suppress(Corrupt):
                return read()
        return read()

    def _chunks(self, key: str, start: int, stop: int | None) -> Iterator[tuple[bytes, str | None]]:
        """The bytes of a range, each part with the digest that was written down for the whole object."""
        request: GetObjectRequestTypeDef = {"Bucket": self.bucket, "Key": self._key(key)}
        place = start
        for _ in range(self.options.max_attempts):
            if stop is not None and place >= stop:
                return
            if place or stop is not None:
                request["Range"] = f"bytes={place}-{'' if stop is None else stop - 1}"
            try:
                answer = self._read(key, request)
                written = answer["Metadata"].get(SHA256)
                yield b"", written  # also where no bytes follow
                with closing(answer["Body"]) as body:
                    for chunk in body.iter_chunks(CHUNK_BYTES):
                        yield chunk, written
                        place += len(chunk)
            except PastTheEnd:
                return
            except BROKEN_READ:
                continue
            return
        raise StoreUnavailable(f"the store {self._where} keeps breaking off in the middle of {key}")

    def _read(self, key: str, request: GetObjectRequestTypeDef) -> GetObjectOutputTypeDef:
        """The rest of an object; later calls require the same version as the first."""
        with self._errors(key):
            answer = self._pool.client().get_object(**request)
        if "ContentLength" not in answer or "ETag" not in answer:  # cut off inside the headers
            raise IncompleteResponse
        request["IfMatch"] = answer["ETag"]
        return answer

    def _pages(self, prefix: str, after: str | None, page_size: int) -> Iterator[ObjectInfo]:
        start = "" if after is None else self.prefix + after
        with self._errors(prefix):
            pages = self._pool.client().get_paginator("list_objects_v2")
            for page in pages.paginate(
                Bucket=self.bucket,
                Prefix=self.prefix + prefix,
                StartAfter=start,
                PaginationConfig={"PageSize": page_size},
            ):
                if "IsTruncated" not in page:  # cut off inside the headers
                    raise IncompleteResponse
                for found in page.get("Contents", []):
                    key = found["Key"].removeprefix(self.prefix)
                    if is_legal_key(key):
                        yield ObjectInfo(key, found["Size"], modified_at=found["LastModified"])


def _require(expected: str | None, found: str, key: str) -> None:
    if expected not in {None, found}:
        raise Corrupt(f"{key} has SHA-256 {found}, and {expected} was written: it was damaged")


def _restore(bucket: str, prefix: str, options: S3Options) -> S3Store:
    return S3Store(bucket, prefix, options=options)
