"""Says where Redis is: one server or the master that Sentinels name, with TLS or without."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SENTINEL_SCHEMES = ("redis-sentinel", "rediss-sentinel")
_MOST_PORT = 65535
SENTINEL_PORT = 26379


@dataclass(frozen=True)
class RedisAddress:
    """A URL, and how its certificate is looked at.

    Attributes:
        url: ``redis://``, ``rediss://`` (with TLS), or ``redis-sentinel://:password@one:26379,two:26379/0?master=name``
            and ``rediss-sentinel://``, whose Sentinels say which server is the master at the moment.
        ca_file: certificates of those who may vouch for the server; None: those that this system knows.
        verify: whether anybody must vouch for it.
    """

    url: str = field(repr=False)
    ca_file: str | None = None
    verify: bool = True

    @classmethod
    def of(cls, address: str | RedisAddress) -> RedisAddress:
        """An address as it is, or that of a URL alone.

        Raises:
            ValueError: Sentinels are named without a master.
        """
        found = cls(address) if isinstance(address, str) else address
        if found.is_sentinel and not found.master:
            raise ValueError(
                f"a {urlsplit(found.url).scheme}:// URL needs the name of the master: end it in ?master=name"
            )
        return found

    def check(self) -> None:
        """See whether the URL is one of Redis.

        Raises:
            ValueError: it is not; the password in it is not told.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in {"redis", "rediss", *SENTINEL_SCHEMES}:
            raise ValueError(
                "expected redis://host:6379/0, or one with rediss://, redis-sentinel:// or rediss-sentinel://"
            )
        if not all(_is_port(port) for port in self._ports()):
            raise ValueError("its port is no number from 1 to 65535")
        if not parts.path.strip("/").isdecimal() and parts.path.strip("/"):
            raise ValueError("its database, after the host, is no number: expected for example redis://host:6379/0")

    def _ports(self) -> list[str]:
        hosts = self._netloc.split(",") if self.is_sentinel else [self._netloc]
        return [port for host in hosts if (port := host.rpartition("]")[2].partition(":")[2])]

    @property
    def is_sentinel(self) -> bool:
        """Whether the address names Sentinels, which say where the master is."""
        return urlsplit(self.url).scheme in SENTINEL_SCHEMES

    @property
    def tls(self) -> dict[str, Any]:
        """Options of TLS as redis-py and kombu take them; none without TLS."""
        if not urlsplit(self.url).scheme.startswith("rediss"):
            return {}
        required = ssl.CERT_REQUIRED if self.verify else ssl.CERT_NONE
        options = {"ssl_cert_reqs": required, "ssl_check_hostname": self.verify}
        return {**options, "ssl_ca_certs": self.ca_file} if self.ca_file else options

    @property
    def master(self) -> str:
        """What the Sentinels call the master; empty where there are none."""
        return parse_qs(urlsplit(self.url).query).get("master", [""])[0] if self.is_sentinel else ""

    @property
    def sentinels(self) -> list[tuple[str, int]]:
        """Hosts and ports of the Sentinels."""
        places = [each.rpartition(":") for each in self._netloc.split(",")]
        return [(host or port, int(port) if host else SENTINEL_PORT) for host, _, port in places]

    @property
    def credentials(self) -> dict[str, str]:
        """Of the master behind Sentinels: ``username`` and ``password``, as far as the URL has them."""
        user, _, password = urlsplit(self.url).netloc.rpartition("@")[0].partition(":")
        return {name: unquote(each) for name, each in (("username", user), ("password", password)) if each}

    @property
    def database(self) -> int:
        """The number of the database behind Sentinels."""
        return int(urlsplit(self.url).path.strip("/") or 0)

    @property
    def broker_url(self) -> str:
        """The address in the form that kombu reads."""
        if not self.is_sentinel:
            return self.url
        parts = urlsplit(self.url)
        login, at, _ = parts.netloc.rpartition("@")
        return ";".join(f"sentinel://{login}{at}{host}:{port}{parts.path}" for host, port in self.sentinels)

    @property
    def _netloc(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


def _is_port(text: str) -> bool:
    return text.isdecimal() and 1 <= int(text) <= _MOST_PORT
