"""Creates boto3 clients, one per process, when first needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError

from store.s3.errors import UNTRUSTED
from store.s3.options import S3Options

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART_BYTES = 16 << 20
PART_THREADS = 4
ANY_REGION = "us-east-1"  # servers other than AWS mostly ignore the region, but the signature requires one


class ClientPool:
    """Gives each process its own client: a connection must not be shared across a fork."""

    def __init__(self, options: S3Options) -> None:
        self._options = options
        self._clients: dict[int, S3Client] = {}

    def client(self) -> S3Client:
        """The client of this process; safe among threads."""
        process = os.getpid()
        found = self._clients.get(process)
        return found or self._clients.setdefault(process, create_client(self._options))


def create_client(options: S3Options) -> S3Client:
    """A client with timeouts, retries with jitter, and settings that servers other than AWS understand."""
    session = boto3.session.Session(
        aws_access_key_id=options.access_key_id,
        aws_secret_access_key=options.secret_access_key,
        region_name=options.region or (ANY_REGION if options.endpoint_url else None),
    )
    verify = options.ca_file if options.verify else False
    client = session.client("s3", endpoint_url=options.endpoint_url, verify=verify, config=_config(options))
    client.meta.events.register_first("needs-retry.s3", _give_up_on_a_stranger)
    return client


def _give_up_on_a_stranger(caught_exception: Exception | None = None, **_: object) -> None:
    """A certificate that nobody vouches for is the same at the next try."""
    if isinstance(caught_exception, SSLError) and UNTRUSTED in str(caught_exception):
        raise caught_exception


def upload_file(client: S3Client, path: Path, request: dict[str, str], metadata: dict[str, str]) -> None:
    """Upload a file; a large one in parts, several at a time.

    Args:
        client: from a ``ClientPool``.
        path: the file.
        request: ``Bucket``, ``Key`` and perhaps ``ContentType``.
        metadata: stored with the object.

    Raises:
        ClientError: the server refused.
    """
    extra: dict[str, object] = {"Metadata": metadata}
    if "ContentType" in request:
        extra["ContentType"] = request["ContentType"]
    parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=PART_THREADS)
    try:
        client.upload_file(str(path), request["Bucket"], request["Key"], ExtraArgs=extra, Config=parts)
    except S3UploadFailedError as error:
        if isinstance(error.__context__, ClientError):
            raise error.__context__ from None
        raise


def _config(options: S3Options) -> Config:
    config = Config(
        signature_version="s3v4",
        max_pool_connections=options.max_pool_connections,
        connect_timeout=options.connect_timeout_s,
        read_timeout=options.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": options.max_attempts},
        tcp_keepalive=True,
    )
    if options.endpoint_url is None:
        return config
    return config.merge(
        Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
    )
