"""Lets requests in: who makes them, whether they may, and which project they are about. Every route is behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import FastAPI, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from api.access.chosen_project import chosen_project, own_project
from api.access.csrf_token import check_csrf_token
from api.access.key_check import KeyCheck
from api.access.rules import Of, Rule, rule_of
from api.access.sessions import COOKIE, Session, Sessions
from api.access.subject import Subjects
from api.backend import Backend, backend_of
from api.http.caller import ANYBODY, NOBODY, Caller, set_caller
from jobs.identity.api_key import ApiKey

_SCHEME = "bearer"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="florescope"'}
_WHO = (
    "say who you are: send the header 'Authorization: Bearer <key>' (florescope: FLORESCOPE_API_KEY), or log in at "
    "/login; an admin makes keys with 'florescope keys create'"
)
_OF_NO_USE = "this key is not known here, has expired, or was revoked: ask an admin for a new one"


@dataclass(frozen=True)
class Gate:
    """What tells who makes a request.

    Attributes:
        on: whether they must say who they are.
    """

    on: bool
    keys: KeyCheck
    sessions: Sessions
    subjects: Subjects


def make_gate(backend: Backend, *, on: bool) -> Gate:
    """The gate of an installation; nothing is read yet."""
    return Gate(on=on, keys=KeyCheck(backend.store), sessions=Sessions(backend.store), subjects=Subjects(backend))


def require_identity(app: FastAPI) -> None:
    """Have an application ask its callers who they are."""
    app.state.gate = make_gate(app.state.backend, on=True)


async def enter(request: Request) -> None:
    """Let a request pass, and remember who makes it.

    Raises:
        HTTPException: 401 without credentials that are of use; 403 where the role forbids it, or a form came without
            its token; 429 where there were too many requests.
        ObjectNotFound: what it is about is not there, or belongs to a project that the caller does not see.
        InvalidSpec: it does not say which project it is about.
    """
    gate: Gate = request.app.state.gate
    method, path = request.scope["method"], request.scope["route"].path_format
    request.state.action, rule = f"{method} {path}", rule_of(method, path)
    if gate.on:
        caller = await _known(request, gate, rule)
    else:
        caller = chosen_project(ANYBODY, request, rule or Rule(None, Of.NOTHING))
    _remember(caller, request)


def _remember(caller: Caller, request: Request) -> None:
    """Say who makes the request, to the audit trail and to whatever answers it, a page that refuses it included."""
    request.state.caller = caller
    set_caller(caller)


async def _known(request: Request, gate: Gate, rule: Rule | None) -> Caller:
    found = await _caller(request, gate)
    caller, session = found or (NOBODY, None)
    _remember(caller, request)
    if rule is None:
        raise HTTPException(403, "nobody may use this address: it has no rule in api/access/rules.py")
    if rule.least is None:
        return caller
    if found is None:
        sent = "authorization" in request.headers or COOKIE in request.cookies
        raise HTTPException(401, _OF_NO_USE if sent else _WHO, headers=_CHALLENGE)
    if not caller.role.may(rule.least):
        raise HTTPException(403, f"the role {caller.role.value!r} may not do this: it takes {rule.least.value!r}")
    if session is not None:
        await check_csrf_token(request, session, gate.sessions)
    caller = await _about(caller, request, rule)
    _remember(caller, request)
    quotas = backend_of(request).quotas
    if quotas.bounds_requests(caller):
        await run_in_threadpool(quotas.check_request, caller)
    return caller


async def _caller(request: Request, gate: Gate) -> tuple[Caller, Session | None] | None:
    """Who makes a request, and by which session, if by one; None where nobody can tell."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme:
        key = await gate.keys.holder(text.strip()) if scheme.lower() == _SCHEME else None
        return (caller_of(key), None) if key else None
    cookie = request.cookies.get(COOKIE)
    session = await gate.sessions.read(cookie) if cookie else None
    key = await gate.keys.by_id(session.key_id) if session else None
    if key is None or session is None:
        return None
    request.state.csrf_token = await gate.sessions.csrf_token(session)
    caller = caller_of(key)
    # whoever signed in again may have fewer projects than when this session began
    return (replace(caller, project=session.project) if caller.sees(session.project) else caller), session


def caller_of(key: ApiKey) -> Caller:
    """The holder of a key, in its only project if it has one only."""
    if key.of_all_projects:
        return Caller(key.name, key.role, key_id=key.id, quota=key.quota)
    only = key.projects[0] if len(set(key.projects)) == 1 else ""
    return Caller(key.name, key.role, frozenset(key.projects), project=only, key_id=key.id, quota=key.quota)


async def _about(caller: Caller, request: Request, rule: Rule) -> Caller:
    """The caller in the project that the request is about."""
    gate: Gate = request.app.state.gate
    if rule.of is Of.JOB:
        return replace(caller, project=await gate.subjects.job(request.path_params["job_id"], caller))
    if rule.of is Of.MODEL:
        return replace(caller, project=await gate.subjects.model(request.path_params["model_id"], caller))
    if rule.of is Of.PROJECT:
        return replace(caller, project=own_project(caller, request.path_params["project"]))
    if rule.of is Of.EVERYTHING and caller.projects is not None:
        raise HTTPException(403, "this is about all projects, and your key does not see them all")
    return chosen_project(caller, request, rule)
