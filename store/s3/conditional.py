"""Writes S3 objects only if the key is free, on servers with and without conditional PUT."""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from store.s3.errors import CONFLICT, code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef

CONFLICT_TRIES = 6
FIRST_PAUSE_S = 0.05
TAKEN = frozenset({"PreconditionFailed", "412"})
UNKNOWN_HEADER = frozenset({"NotImplemented", "501"})
WRITE_ID = "write-id"  # x-amz-meta-write-id


class AlreadyExists(Exception):
    """An object of another writer has this key."""


def honours_conditional_put(client: S3Client, bucket: str, key: str) -> bool:
    """Whether the server refuses to replace an object by a PUT with ``If-None-Match: *``.

    Args:
        client: of this process.
        bucket: where to try.
        key: a key that no one else uses; the object is deleted afterwards.
    """
    client.put_object(Bucket=bucket, Key=key, Body=b"")
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"", IfNoneMatch="*")
    except ClientError as error:
        if code(error) in TAKEN or code(error) == CONFLICT:
            return True
        if code(error) in UNKNOWN_HEADER:
            return False
        raise
    finally:
        client.delete_object(Bucket=bucket, Key=key)
    return False


def put_if_absent(client: S3Client, request: PutObjectRequestTypeDef) -> None:
    """One atomic conditional PUT.

    When a response is lost the client repeats the PUT, which then finds the object of the first one: the id of this
    write, stored with the object, distinguishes our own object from another writer's. After a conflict between two
    simultaneous writers the PUT is tried again.

    Raises:
        AlreadyExists: an object of another writer exists.
        ClientError: the server refused for another reason.
    """
    write_id = uuid.uuid4().hex
    request["IfNoneMatch"] = "*"
    request["Metadata"] = {**request.get("Metadata", {}), WRITE_ID: write_id}
    for attempt in range(CONFLICT_TRIES):
        try:
            client.put_object(**request)
        except ClientError as error:
            if code(error) in TAKEN:
                if _write_id(client, request["Bucket"], request["Key"]) == write_id:
                    return
                raise AlreadyExists from error
            if code(error) != CONFLICT or attempt + 1 == CONFLICT_TRIES:
                raise
            time.sleep(FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1))  # noqa: S311
        else:
            return


def check_then_put(client: S3Client, request: PutObjectRequestTypeDef) -> None:
    """Check that the key is free, then write; not atomic: two simultaneous writers may both succeed.

    Raises:
        AlreadyExists: an object exists.
        ClientError: the server refused.
    """
    try:
        client.head_object(Bucket=request["Bucket"], Key=request["Key"])
    except ClientError as error:
        if code(error) != "404":
            raise
        client.put_object(**request)
        return
    raise AlreadyExists


def _write_id(client: S3Client, bucket: str, key: str) -> str | None:
    try:
        return client.head_object(Bucket=bucket, Key=key)["Metadata"].get(WRITE_ID)
    except ClientError as error:
        if code(error) == "404":  # deleted since
            return None
        raise
