"""The S3 server itself: a script that ``moto_server.py`` starts in a process of its own.

It is moto's own server but for two points. Moto looks for an object and writes it in two steps, where AWS does both in
one, so here PUTs are made one at a time. And moto takes whatever arrives, where AWS refuses bytes that do not have the
digest that was signed. Options make it misbehave as some servers do.
"""

from __future__ import annotations

import argparse
import hashlib
import threading

from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from moto.server import main
from werkzeug.datastructures import Headers

SHA256_DIGITS = 64


class Conflict(S3ClientError):  # type: ignore[misc]
    """What AWS answers to one of two writers at the same moment."""

    code = 409

    def __init__(self) -> None:
        super().__init__("ConditionalRequestConflict", "Another writer is at work: try again.")


class OtherBytes(S3ClientError):  # type: ignore[misc]
    """What AWS answers where a bit was lost on the way."""

    code = 400

    def __init__(self) -> None:
        super().__init__(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )


def serve(port: int, *, ignore_conditions: bool, conflicts: int) -> None:
    """Serve S3 on 127.0.0.1 until the process is stopped."""
    put_object = S3Response.put_object
    one_at_a_time = threading.Lock()
    conflicts_left = iter(range(conflicts))

    def put_one_object(response: S3Response) -> object:
        signed = response.headers.get("X-Amz-Content-Sha256", "")
        if len(signed) == SHA256_DIGITS and signed != hashlib.sha256(response.raw_body).hexdigest():
            raise OtherBytes
        with one_at_a_time:
            conditional = "If-None-Match" in response.headers
            if conditional and next(conflicts_left, None) is not None:
                raise Conflict
            if conditional and ignore_conditions:
                response.headers = Headers(response.headers)
                response.headers.remove("If-None-Match")
            return put_object(response)

    S3Response.put_object = put_one_object
    main(["-H", "127.0.0.1", "-p", str(port)])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("port", type=int)
    arguments.add_argument("--ignore-conditions", action="store_true")
    arguments.add_argument("--conflicts", type=int, default=0)
    serve(**vars(arguments.parse_args()))
