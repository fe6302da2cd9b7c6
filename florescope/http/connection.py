"""Sends requests to one API; what goes wrong becomes an error of ``florescope.errors``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from florescope.errors import ApiUnreachable, InvalidAddress, InvalidIdentity, MissingPackage, NotFound, Refused
from florescope.http.foreign_answer import foreign, is_page, items_of
from florescope.http.problem import describe_problem
from florescope.http.redirect import check_redirects
from florescope.http.request_quota import patiently
from florescope.http.sse import read_events

try:
    import httpx
except ImportError as error:
    raise MissingPackage("the client needs httpx: pip install 'florescope[client]', or pip install httpx") from error

TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 5.0
PIECE_BYTES = 1 << 20
MAX_PORT = 65535
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Json = dict[str, Any]


class NoStream(Exception):
    """This API, or a proxy before it, does not stream events."""


class Connection:
    """Requests to one API; usable from several threads."""

    def __init__(
        self, url: str, *, timeout_s: float = TIMEOUT_S, api_key: str | None = None, project: str | None = None
    ) -> None:
        address = _address(url)
        self.url = str(address.copy_with(userinfo=b"")).rstrip("/")  # it is shown, and a password must not be
        self._http = httpx.Client(
            base_url=address,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S)),
            headers=_headers(api_key, project),
            follow_redirects=True,  # to other hosts without the key
            trust_env=address.host not in LOOPBACK,  # no proxy for this machine itself
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A response that is no error.

        Raises:
            ApiUnreachable: no answer, or a server error.
            Refused: the answer is an error of the request.
        """
        with self._translated():
            response = self._http.request(method, path, **options)
        self._check(response)
        return response

    def call(self, method: str, path: str, *, holds: str = "", **options: Any) -> Json:
        """The JSON object that is the answer; raises as ``send`` does.

        Args:
            method: of the request.
            path: below the API.
            holds: a field that every such answer of the API has.
            options: of the request, as httpx takes them.
        """
        document = _parse(self.send(method, path, **options).text)
        if not isinstance(document, dict):
            raise foreign(self.url, f"{path} gave no JSON object")
        if holds and holds not in document:
            raise foreign(self.url, f"what {path} gave holds no {holds}")
        return document

    def items(self, method: str, path: str, **options: Any) -> list[Json]:
        """The items of the list that is the whole answer; raises as ``send`` does."""
        return items_of(self.call(method, path, **options), self.url, path)

    def upload(self, path: str, file: Path, **options: Any) -> Json:
        """Send a file piece by piece, and return the JSON object that is the answer; raises as ``send`` does."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
        with file.open("rb") as source:
            pieces = iter(lambda: source.read(PIECE_BYTES), b"")
            # a redirect would need the pieces a second time
            return self.call("POST", path, content=pieces, headers=headers, follow_redirects=False, **options)

    def pages(
        self,
        path: str,
        query: Mapping[str, Any],
        *,
        page_size: int,
        on_unreadable: Callable[[Json], None] = lambda _: None,
    ) -> Iterator[Json]:
        """The items of a list, page after page; where a quota of requests is used up, those behind the first wait.

        Args:
            on_unreadable: gets what a page names as ``unreadable``: the id, and the reason.
        """
        after: str | None = None
        while True:
            ask = partial(self.page, path, query, limit=page_size, after=after)
            page = patiently(ask) if after else ask()
            for each in page.get("unreadable", ()):
                on_unreadable(each)
            yield from items_of(page, self.url, path)
            after = page.get("next")
            if not after:
                return

    def page(
        self, path: str, query: Mapping[str, Any], *, limit: int, after: str | None = None, holds: str = "items"
    ) -> Json:
        """One page of a list, with a field that it holds."""
        params = {**query, "limit": str(limit), **({"after": after} if after else {})}
        return self.call("GET", path, params=params, holds=holds)

    def events(self, path: str, *, silence_s: float = TIMEOUT_S) -> Iterator[Any]:
        """The documents of a stream of snapshots as they come, and None for each sign of life between them.

        Raises:
            NoStream: the response is not an event stream.
            ApiUnreachable: the stream broke, or nothing came for ``silence_s`` seconds.
        """
        timeout = httpx.Timeout(silence_s, connect=CONNECT_TIMEOUT_S)
        with self.stream(path, headers={"Accept": "text/event-stream"}, timeout=timeout) as response:
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                raise NoStream
            for event in read_events(response.iter_lines()):
                if event is None or event.name == "snapshot":
                    yield None if event is None else _parse(event.data) or {}

    @contextmanager
    def stream(self, path: str, **options: Any) -> Iterator[httpx.Response]:
        """A successful response whose body is not read yet; errors while reading are translated too."""
        with self._translated(), self._http.stream("GET", path, **options) as response:
            if response.is_error:
                response.read()
            self._check(response)
            yield response

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.RequestError as error:
            reason = str(error).rstrip(".") or type(error).__name__
            raise ApiUnreachable(
                f"no answer from the API at {self.url}: {reason}; is it up (florescope up), is the address right?"
            ) from error

    def _check(self, response: httpx.Response) -> None:
        check_redirects(response, self.url)
        if response.is_server_error:
            raise ApiUnreachable(f"the API at {self.url} is not available: {describe_problem(response, self.url)}")
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise NotFound(describe_problem(response, self.url))
        if response.is_error:
            after = response.headers.get("retry-after", "")
            retry_after_s = float(after) if after.isdecimal() else None
            raise Refused(
                describe_problem(response, self.url), status=response.status_code, retry_after_s=retry_after_s
            )
        if is_page(response):
            raise foreign(self.url, f"{response.request.url.path} gave a page")


def _headers(api_key: str | None, project: str | None) -> dict[str, str]:
    key, name = (api_key or "").strip(), (project or "").strip()  # a file of a key ends with a line break
    if not _fits_a_header(key):
        raise InvalidIdentity("the API key has characters that no key has: copy it again, or have another one made")
    if not _fits_a_header(name):
        raise InvalidIdentity(f"there is no project {name!r}: names of projects are letters of ASCII, digits and -")
    who = {"Authorization": f"Bearer {key}"} if key else {}
    return {**who, **({"X-Florescope-Project": name} if name else {})}


def _fits_a_header(text: str) -> bool:
    return text.isascii() and text.isprintable()


def lost(error: ApiUnreachable) -> bool:
    """Whether the request was sent, and its answer did not come."""
    return isinstance(error.__cause__, httpx.ReadError | httpx.ReadTimeout | httpx.RemoteProtocolError)


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url.strip())
        address.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):  # the latter of a host that no domain can be called
        address = httpx.URL("")
    names_a_server = address.scheme in {"http", "https"} and address.host and (address.port or 0) <= MAX_PORT
    if not names_a_server or address.query or address.fragment:
        raise InvalidAddress(
            f"{_without_password(url)!r} is not the address of an API: expected for example http://host:8000"
        )
    return address


def _without_password(url: str) -> str:
    return url.rpartition("@")[2]


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
