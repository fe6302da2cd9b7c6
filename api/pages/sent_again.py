"""Says whether a form that was refused is shown again as it was sent."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import HTTPException, Request

from api.http.caller import current_caller
from api.http.security import says_own_page
from jobs.identity.role import Role

_NOT_AGAIN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
"""Refusals after which the same form cannot be sent."""


def may_be_sent_again(request: Request, refusal: HTTPException) -> bool:
    """Whether whoever sent a form may send it again, when it is mended or later.

    A form without the token of the session is given that token only where the browser says that a page of ours sent
    it: else another site could have people send what it has filled in.
    """
    if refusal.status_code == HTTPStatus.FORBIDDEN:
        return says_own_page(request) and current_caller().role.may(Role.SUBMITTER)
    return refusal.status_code not in _NOT_AGAIN
