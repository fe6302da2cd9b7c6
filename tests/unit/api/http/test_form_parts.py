"""A form with files is read as it comes, however the network cuts it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from fastapi import HTTPException, Request
from hypothesis import given
from hypothesis import strategies as st

from api.http.form_parts import MOST_TEXT_BYTES, FormParts, Part

BOUNDARY = "----border"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
Sent = list[tuple[str, str | None, bytes]]
SENT: Sent = [
    ("csrf_token", None, b"secret"),
    ("pictures", "mine/rose/ö 1.jpg", b"\r\n--not the border\r\n" * 3),
    ("pictures", "", b""),
]


def body_of(sent: Sent) -> bytes:
    """As browsers write it."""
    parts = []
    for name, file, content in sent:
        of_file = "" if file is None else f'; filename="{file}"\r\nContent-Type: application/octet-stream'
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request_of(waiting: list[bytes], kind: str = KIND) -> Request:
    """A request whose body comes in these chunks, which are taken from the list as they are read."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}, receive)


async def all_of(request: Request) -> Sent:
    parts, found = FormParts(request), Sent()
    while (part := await parts.next()) is not None:
        found.append((part.name, part.file, b"".join([piece async for piece in parts.content()])))
    return found


@given(st.lists(st.integers(0, len(body_of(SENT))), max_size=8))
def test_the_parts_are_those_that_were_sent_however_they_are_cut(cuts: list[int]) -> None:
    body = body_of(SENT)
    chunks = [body[start:stop] for start, stop in pairwise(sorted({0, *cuts, len(body)}))]
    assert asyncio.run(all_of(request_of(chunks))) == SENT


def test_a_part_that_nobody_reads_is_passed_over() -> None:
    async def parts() -> list[Part | None]:
        found = FormParts(request_of([body_of(SENT)]))
        return [await found.next() for _ in range(4)]

    assert asyncio.run(parts()) == [*(Part(name, file) for name, file, _ in SENT), None]


def test_nothing_is_read_before_it_is_asked_for() -> None:
    chunks = [body_of(SENT)[:200], body_of(SENT)[200:]]

    async def first() -> str:
        parts = FormParts(request_of(chunks))
        await parts.next()
        return await parts.text()

    assert asyncio.run(first()) == "secret"
    assert len(chunks) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (body_of(SENT)[:-20], KIND, 422, "broke off"),
        (b"nonsense", KIND, 422, "no form with files"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "takes a form with files"),
        (b"", "multipart/form-data", 415, "takes a form with files"),
        (body_of([("folder", None, b"x" * (MOST_TEXT_BYTES + 1))]), KIND, 422, "more than"),
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes, kind: str, status: int, words: str) -> None:
    async def read() -> None:
        parts = FormParts(request_of([body], kind))
        while await parts.next():
            await parts.text()

    with pytest.raises(HTTPException) as refused:
        asyncio.run(read())
    assert refused.value.status_code == status
    assert words in refused.value.detail
