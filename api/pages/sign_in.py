"""Lets people sign in with a provider of identity, and begins their session."""

from __future__ import annotations

from typing import cast

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool

from api.access.audit_trail import note_sign_in
from api.access.gate import Gate, caller_of
from api.access.oidc.provider import ProviderUnavailable, TokenRefused
from api.access.oidc.sign_in import CALLBACK, NotAdmitted, SignIn
from api.backend import BackendOf
from api.http.known_query import ANY_QUERY
from api.pages.login import Next, begin_session, is_secure, login_page
from api.pages.way_back import own_address
from jobs.identity.api_key import ApiKey

router = APIRouter(include_in_schema=False)
COOKIE = "florescope_sign_in"
VALID_S = 600
_log = structlog.get_logger(__name__)


@router.get("/login/oidc")
async def start_sign_in(request: Request, next: Next = "/") -> Response:
    """Send the browser to the provider."""
    sign_in, gate = _offered(request), _gate(request)
    try:
        started = await run_in_threadpool(sign_in.start)
    except ProviderUnavailable as error:
        return _unavailable(request, sign_in, error, then=next)
    answer = RedirectResponse(started.address, status_code=303)
    cookie = await gate.sessions.seal([*started.kept, own_address(next)])
    secure = is_secure(request)
    answer.set_cookie(COOKIE, cookie, max_age=VALID_S, httponly=True, samesite="lax", secure=secure, path="/login")
    return answer


@router.get(CALLBACK, tags=[ANY_QUERY])
async def finish_sign_in(request: Request, backend: BackendOf) -> Response:
    """Begin the session of somebody who comes back from the provider."""
    sign_in, gate = _offered(request), _gate(request)
    try:
        state, verifier, nonce, then = await gate.sessions.unseal(request.cookies.get(COOKIE, ""), max_age_s=VALID_S)
    except (BadSignature, ValueError, TypeError):
        return login_page(
            request, why="This sign-in has expired, or was begun in another browser: try again.", then="/"
        )
    try:
        key = await run_in_threadpool(sign_in.finish, dict(request.query_params), (state, verifier, nonce))
    except ProviderUnavailable as error:
        return _unavailable(request, sign_in, error, then=then)
    except NotAdmitted as error:
        return login_page(request, why=f"{sign_in.options.name}: {error}.", then=then, status=403)
    except TokenRefused as error:
        _log.warning("sign_in_refused", error=str(error))
        return login_page(request, why=f"What {sign_in.options.name} says cannot be trusted: try again.", then=then)
    return await _begun(request, backend, key, then)


async def _begun(request: Request, backend: BackendOf, key: ApiKey, then: str) -> Response:
    gate, caller = _gate(request), caller_of(key)
    gate.keys.forget(key.id)
    answer = RedirectResponse(then, status_code=303)
    await begin_session(request, answer, key, project=caller.project or min(key.projects))
    answer.delete_cookie(COOKIE, path="/login")
    await run_in_threadpool(note_sign_in, request, caller, backend.store)
    return answer


def _unavailable(request: Request, sign_in: SignIn, error: ProviderUnavailable, *, then: str) -> Response:
    _log.warning("sign_in_unavailable", error=str(error))
    why = f"{sign_in.options.name} does not answer: try again in a while, or log in with a key."
    return login_page(request, why=why, then=then, status=503)


def _offered(request: Request) -> SignIn:
    found = cast("SignIn | None", request.app.state.sign_in)
    if found is None:
        raise HTTPException(404, "people log in with keys here, at /login: no provider of identity is set")
    return found


def _gate(request: Request) -> Gate:
    return cast("Gate", request.app.state.gate)
