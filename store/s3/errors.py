"""Translates the errors of an S3 server and of boto3 into those of ``jobs.errors``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from jobs.errors import EXHAUSTED, JobError, ObjectNotFound, StoreUnavailable

CONFLICT = "ConditionalRequestConflict"
NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
NOT_FOUND = frozenset({"NoSuchKey", "NotFound", "404"})
PAST_THE_END = frozenset({"InvalidRange", "416"})
UNREADABLE = (ResponseParserError, ValueError)

UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
FAILS = "fails for now"
FULL = "is full: make room in it, or raise its quota"
ELSEWHERE = "is in another region than was set"
REFUSED = "refuses these credentials"
REASON_OF_CODE = {
    "AuthorizationHeaderMalformed": ELSEWHERE,
    # What was sent did not arrive as it was, or not in time; sent again, it may.
    **dict.fromkeys(("BadDigest", "IncompleteBody", "RequestTimeout", "XAmzContentSHA256Mismatch"), FAILS),
    CONFLICT: FAILS,
    # As Ceph, MinIO and others call it.
    **dict.fromkeys(
        ("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientCapacity"), FULL
    ),
    "InvalidBucketName": "has a bucket name that is not valid",
    "NoSuchBucket": "has no such bucket: create it first",
}
REASON_OF_STATUS = {
    301: ELSEWHERE,
    307: ELSEWHERE,
    401: REFUSED,
    403: REFUSED,
    404: "gives an answer about {key} that is none of S3's",  # a missing object has a code of its own
    412: "had {key} replaced while it was read",
    429: FAILS,
    507: FULL,
}


class IncompleteResponse(BotoCoreError):
    """The response ended within its headers; the HTTP library treats it as complete."""

    fmt = "the answer broke off"


class PastTheEnd(Exception):
    """The object has fewer bytes than were to be skipped."""


BROKEN_READ = (IncompleteResponse, HTTPClientError, IncompleteReadError)
NO_ANSWER = (ConnectionError, *BROKEN_READ)


def code(error: ClientError) -> str:
    """The server's error code, such as ``NoSuchKey``."""
    return error.response.get("Error", {}).get("Code", "unknown")


@contextmanager
def s3_errors(key: str, store: str) -> Iterator[None]:
    """Translate the errors of one request about ``key``; ``store`` names the store in messages."""
    try:
        with _room(store):
            yield
    except ClientError as error:
        if code(error) in PAST_THE_END:
            raise PastTheEnd from error
        translated = _of_server(error, key, store)
        if translated is None:
            raise
        raise translated from error
    except BotoCoreError as error:
        translated = _of_client(error, store)
        if translated is None:
            raise
        raise translated from error
    except UNREADABLE as error:
        if isinstance(error, JobError):
            raise
        raise StoreUnavailable(f"the store {store} gives an unreadable answer about {key}") from error


@contextmanager
def _room(store: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in EXHAUSTED:
            raise
        raise StoreUnavailable(f"the store {store} cannot be reached: {error.strerror}") from error


def _of_server(error: ClientError, key: str, store: str) -> JobError | None:
    word = code(error)
    if word in NOT_FOUND:
        return ObjectNotFound(f"{key} is not in {store}")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    reason = REASON_OF_CODE.get(word) or REASON_OF_STATUS.get(status) or (FAILS if status >= 500 else None)
    return StoreUnavailable(f"the store {store} {reason.format(key=key)} ({word})") if reason else None


def _of_client(error: BotoCoreError, store: str) -> JobError | None:
    if isinstance(error, NO_CREDENTIALS):
        return StoreUnavailable(
            f"the store {store} needs credentials: FLORESCOPE_S3_ACCESS_KEY_ID and FLORESCOPE_S3_SECRET_ACCESS_KEY, or "
            "the files florescope_s3_access_key_id and florescope_s3_secret_access_key in FLORESCOPE_SECRETS_DIR"
        )
    if isinstance(error, ParamValidationError):
        return StoreUnavailable(f"the store {store} cannot be used: {' '.join(str(error).split())}")
    if isinstance(error, SSLError) and UNTRUSTED in str(error):
        return StoreUnavailable(
            f"the store {store} shows a certificate that nobody vouches for whom this system or FLORESCOPE_S3_CA_FILE "
            "names"
        )
    if isinstance(error, NO_ANSWER):
        return StoreUnavailable(f"the store {store} does not answer ({type(error).__name__})")
    return None
