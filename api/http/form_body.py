"""Reads what a form of a page sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, HTTPException, Request

_FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000


def is_form(request: Request) -> bool:
    """Whether the body is declared to be a form; nothing of it is read."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


async def form_body(request: Request) -> Mapping[str, list[str]]:
    """The texts of each input.

    Raises:
        HTTPException: 415 where something else was sent, 422 where it has too many fields.
    """
    body = await request.body()
    if body and not is_form(request):
        sent = request.headers.get("content-type", "nothing")
        raise HTTPException(415, f"the body was sent as {sent!r}: this address takes a form, {_FORM}")
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(422, f"the form has more than {MOST_FIELDS} fields") from error


FormBody = Annotated[Mapping[str, list[str]], Depends(form_body)]


def first_text(sent: Mapping[str, list[str]], name: str, default: str = "") -> str:
    """What an input sent that has one text."""
    return next(iter(sent.get(name, ())), default)
