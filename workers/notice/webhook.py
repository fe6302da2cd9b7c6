"""Sends a webhook, signed as Standard Webhooks says, to the address that its host had when it was looked up."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3
from standardwebhooks import Webhook

from workers.notice.guard import resolve
from workers.notice.outcome import Outcome

CONNECT_S, READ_S = 5.0, 10.0
_TRIED_ADDRESSES = 3
_GONE = 410


@dataclass(frozen=True)
class SignedRequest:
    """A webhook that is to be sent.

    Attributes:
        id: of the notice, the same in every try.
        body: JSON.
    """

    url: str
    secret: str
    id: str
    body: str


def send_webhook(wanted: SignedRequest, *, private_hosts: Collection[str]) -> Outcome:
    """Send it; redirects are not followed, and the body of the answer is not read.

    Raises:
        AddressRefused: its host leads to where nothing may be sent.
        OSError: its name is not known.
        urllib3.exceptions.HTTPError: nobody answers, or not in HTTP.
    """
    parts = urlsplit(wanted.url)
    host = (parts.hostname or "").lower()
    addresses = resolve(host, _port(parts), private_hosts=private_hosts)[:_TRIED_ADDRESSES]
    for address in addresses[:-1]:
        try:
            return _post(wanted, parts, address)
        except urllib3.exceptions.ConnectTimeoutError:
            continue
        except urllib3.exceptions.NewConnectionError:
            continue
    return _post(wanted, parts, addresses[-1])


def _post(wanted: SignedRequest, parts: SplitResult, address: str) -> Outcome:
    with _pool(parts, address) as pool:
        answer = pool.urlopen(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=wanted.body.encode(),
            headers=_headers(wanted, host=parts.netloc),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        status = answer.status
        answer.close()
    if 300 <= status < 400:
        return Outcome(delivered=False, words=f"answered {status}: redirects are not followed")
    return Outcome(delivered=200 <= status < 300, words=f"answered {status}", for_good=status == _GONE)


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    timeout, port = urllib3.Timeout(connect=CONNECT_S, read=READ_S), _port(parts)
    if parts.scheme != "https":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        ssl_context=_trusted(),
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


def _trusted() -> ssl.SSLContext:
    """Certificates that this machine trusts, and those that browsers do."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _headers(wanted: SignedRequest, *, host: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "Host": host,
        "Content-Type": "application/json",
        "User-Agent": "florescope",
        "Webhook-Id": wanted.id,
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(wanted.secret).sign(msg_id=wanted.id, timestamp=now, data=wanted.body),
    }


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
