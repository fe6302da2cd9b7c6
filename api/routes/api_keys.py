"""Makes, lists and revokes API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, HTTPException, Path
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

from api.backend import BackendOf
from api.http.caller import Caller, current_caller
from api.http.problem_responses import problems
from dispatch.identity.key_ring import KeyRequest, create_key, list_keys, read_key, revoke_key
from jobs.errors import ObjectNotFound
from jobs.identity.api_key import ApiKey, KeyName, KeyProject
from jobs.identity.quota import NO_QUOTA, Quota
from jobs.identity.role import Role
from store.key import InvalidKey

router = APIRouter(prefix="/v1", tags=["identity"])
KeyId = Annotated[str, Path(description="The key's `id`.", max_length=64)]
LONGEST_DAYS = 3650
_EXAMPLES: dict[str, Example] = {
    "somebody who submits": {
        "summary": "A key for somebody who submits jobs",
        "value": {"name": "rosa", "role": "submitter", "projects": ["flowers"], "days": 90},
    }
}


class NewKey(BaseModel):
    """A key that is to be made."""

    model_config = ConfigDict(extra="forbid")

    name: KeyName = Field(description="Who will use it. Jobs and models say this name as their submitter.")
    role: Role = Field(description="What it may do in its projects: each role may do all that those before it may.")
    projects: list[KeyProject] = Field(min_length=1, max_length=100, description="`*` stands for all, also later ones.")
    days: int | None = Field(default=90, ge=1, le=LONGEST_DAYS, description="Until it expires; null: never.")
    quota: Quota = NO_QUOTA


class KeyItem(BaseModel):
    """What can be known of a key."""

    id: str
    name: str
    role: Role
    projects: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    quota: Quota


class MadeKey(KeyItem):
    """A key that was made just now."""

    key: str = Field(description="The key itself. It is shown this once: only its digest is stored.")


class KeyList(BaseModel):
    """Keys, in no particular order."""

    items: list[KeyItem]


class WhoAmI(BaseModel):
    """Who makes a request."""

    name: str = Field(description="Empty where nobody has to say who they are.")
    role: Role
    projects: list[str] | None = Field(description="That are seen; null: all.")
    project: str = Field(description="Of what is submitted without `X-Florescope-Project`; empty: that must be said.")
    key_id: str


@router.get("/whoami", responses=problems(422, 503))
def who_am_i() -> WhoAmI:
    """The name, the role and the projects of whoever asks."""
    caller = current_caller()
    projects = None if caller.projects is None else sorted(caller.projects)
    return WhoAmI(name=caller.name, role=caller.role, projects=projects, project=caller.project, key_id=caller.key_id)


@router.get("/keys", responses=problems(422, 503))
def get_keys(backend: BackendOf) -> KeyList:
    """Keys whose projects you administer all, those that expired or were revoked among them."""
    caller = current_caller()
    return KeyList(items=[_item(key) for key in list_keys(backend.store) if _administers(caller, key.projects)])


@router.post("/keys", status_code=201, responses=problems(400, 422, 503, p403="A project of the key is not yours."))
def make_key(wanted: Annotated[NewKey, Body(openapi_examples=_EXAMPLES)], backend: BackendOf) -> MadeKey:
    """Make a key. The answer holds it, and nothing can show it again."""
    caller = current_caller()
    if not _administers(caller, tuple(wanted.projects)):
        raise HTTPException(403, f"you administer {_own(caller)}: make keys for these alone")
    request = KeyRequest(
        name=wanted.name,
        role=wanted.role,
        projects=tuple(wanted.projects),
        valid_for=timedelta(days=wanted.days) if wanted.days else None,
        created_by=caller.name,
        quota=wanted.quota,
    )
    key, text = create_key(request, backend.store)
    return MadeKey(**_item(key).model_dump(), key=text)


@router.post("/keys/{key_id}:revoke", responses=problems(404, 422, 503))
def revoke(key_id: KeyId, backend: BackendOf) -> KeyItem:
    """Let a key be of no use any more, within five seconds. Asking again is fine."""
    caller, missing = (
        current_caller(),
        ObjectNotFound(f"there is no key {key_id!r}: GET /v1/keys lists those there are"),
    )
    try:
        key = read_key(key_id, backend.store)
    except (ObjectNotFound, InvalidKey) as error:
        raise missing from error
    if not _administers(caller, key.projects):
        raise missing
    return _item(revoke_key(key_id, backend.store))


def _administers(caller: Caller, projects: tuple[str, ...]) -> bool:
    """Whether all of these are the caller's; the sign for all of them is no project that somebody has."""
    return caller.projects is None or caller.projects.issuperset(projects)


def _own(caller: Caller) -> str:
    return ", ".join(sorted(caller.projects or ()))


def _item(key: ApiKey) -> KeyItem:
    return KeyItem(**key.model_dump(exclude={"schema_version", "secret_sha256"}))
