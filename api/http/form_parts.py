"""Reads a form with files part by part, as it comes: nothing of it is kept but what its reader keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

MULTIPART = "multipart/form-data"
MOST_TEXT_BYTES = 10_000


@dataclass(frozen=True)
class Part:
    """What one input sent, up to its content.

    Attributes:
        file: the name of the file; empty where none was chosen, None where the input takes text.
    """

    name: str
    file: str | None


class FormParts:
    """The parts of a form, in the order in which they come."""

    def __init__(self, request: Request) -> None:
        """Keep the body of a request, of which nothing is read yet.

        Raises:
            HTTPException: 415 where the body is declared to be something else.
        """
        sent = request.headers.get("content-type", "nothing")
        kind, options = parse_options_header(sent)
        if kind.decode("latin-1") != MULTIPART or not options.get(b"boundary"):
            raise HTTPException(
                415, f"the body was sent as {sent!r}: this address takes a form with files, {MULTIPART}"
            )
        self._events = _events(request.stream(), options[b"boundary"])

    async def next(self) -> Part | None:
        """The next part, after what is left of the one before; None where the form ends.

        Raises:
            HTTPException: 422 where the form broke off.
        """
        async for event in self._events:
            if isinstance(event, Part):
                return event
        return None

    async def content(self) -> AsyncIterator[bytes]:
        """The content of the part that ``next`` gave last, in pieces."""
        async for event in self._events:
            if not isinstance(event, bytes):
                return
            yield event

    async def text(self) -> str:
        """The text of the part that ``next`` gave last.

        Raises:
            HTTPException: 422 where it is long.
        """
        found = bytearray()
        async for piece in self.content():
            found += piece
            if len(found) > MOST_TEXT_BYTES:
                raise HTTPException(422, f"a text of the form has more than {MOST_TEXT_BYTES} bytes")
        return found.decode("utf-8", "replace")


@dataclass
class _Collector:
    """What the parser has found since it was emptied: a part, its pieces, None at its end.

    Attributes:
        over: whether the end of the form was found.
    """

    found: list[Part | bytes | None] = field(default_factory=list)
    over: bool = False
    _name: bytes = b""
    _value: bytes = b""
    _disposition: str = ""

    def parser(self, boundary: bytes) -> MultipartParser:
        """A parser that puts what it finds into this collector."""
        return MultipartParser(
            boundary,
            {
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._begin,
                "on_part_data": lambda data, start, stop: self.found.append(data[start:stop]),
                "on_part_end": lambda: self.found.append(None),
                "on_end": self._end,
            },
        )

    def _header_name(self, data: bytes, start: int, stop: int) -> None:
        self._name += data[start:stop]

    def _header_value(self, data: bytes, start: int, stop: int) -> None:
        self._value += data[start:stop]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value.decode("latin-1")
        self._name = self._value = b""

    def _begin(self) -> None:
        _, options = parse_options_header(self._disposition)
        texts = {name: value.decode("utf-8", "replace") for name, value in options.items()}
        self._disposition = ""
        self.found.append(Part(texts.get(b"name", ""), texts.get(b"filename")))

    def _end(self) -> None:
        self.over = True


async def _events(body: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[Part | bytes | None]:
    collector = _Collector()
    try:
        parser = collector.parser(boundary)
        async for chunk in body:
            parser.write(chunk)
            found, collector.found = collector.found, []
            for event in found:
                yield event
    except FormParserError as error:
        raise HTTPException(422, f"this is no form with files: {error}") from error
    if not collector.over:
        raise HTTPException(422, "the form broke off before its end: send it again")


def form_parts(request: Request) -> FormParts:
    """The parts of the form that a request sends: the same for all that read of it, one after the other."""
    if not hasattr(request.state, "form_parts"):
        request.state.form_parts = FormParts(request)
    found: FormParts = request.state.form_parts
    return found


Parts = Annotated[FormParts, Depends(form_parts)]
