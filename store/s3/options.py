"""Defines the options to connect to an S3 server."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class S3Options:
    """Connection options that are not part of an ``s3://bucket/prefix`` URL.

    Attributes:
        endpoint_url: the server, where it is not AWS.
        region: AWS region; the usual AWS settings where None.
        access_key_id: with ``secret_access_key``; the usual AWS settings where None.
        secret_access_key: never shown.
        ca_file: certificates of those who may vouch for the server; those that this system knows where None.
        verify: whether anybody must vouch for it.
        max_pool_connections: at most this many requests at once per process.
        connect_timeout_s: for one connection.
        read_timeout_s: between two parts of a response.
        max_attempts: tries of one request, including the first.

    Raises:
        ValueError: ``endpoint_url`` is no plain http(s) address.
    """

    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    verify: bool = True
    max_pool_connections: int = 32
    connect_timeout_s: float = 5
    read_timeout_s: float = 60
    max_attempts: int = 5

    def __post_init__(self) -> None:
        if self.endpoint_url is None:
            return
        address = urlsplit(self.endpoint_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError(f"S3 endpoint {self.endpoint_url!r}: expected http://host:port or https://host")
        if "@" in address.netloc:
            raise ValueError(
                f"S3 endpoint at {address.hostname}: leave out user and password, set the access key instead"
            )

    @property
    def server(self) -> str:
        """Host and port, for messages."""
        return "AWS" if self.endpoint_url is None else urlsplit(self.endpoint_url).netloc
