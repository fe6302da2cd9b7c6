"""Every route, every role, own and other project: generated from the routes themselves and from their description."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api.access.chosen_project import HEADER
from api.access.rules import RULES, Of
from api.app import PAGES, ROUTES, create_app
from api.http.security import SAFE_METHODS
from dispatch.connection import connect
from jobs.identity.role import Role
from store.memory import MemoryStore
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.integration.api.conftest import TRAIN

NOBODY = connect(redis_url="redis://127.0.0.1:1/0")
APP = create_app(store=MemoryStore("description"), board=NOBODY.board, queue=NOBODY.queue)
ADDRESSES = sorted(
    f"{method} {route.path_format}"
    for module in ROUTES + PAGES
    for route in module.router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
)
PUBLIC = [each for each in ADDRESSES if each in RULES and RULES[each].least is None]
CLOSED = [each for each in ADDRESSES if each in RULES and RULES[each].least is not None]
OF_THINGS = [each for each in CLOSED if RULES[each].of in {Of.JOB, Of.MODEL, Of.FOLDER, Of.PROJECT}]
OF_LISTS = [each for each in CLOSED if RULES[each].of is Of.LISTS and each.startswith("GET")]
PARTS = {
    "image_id": "test-00000",
    "method": "gradcam",
    "form": "jpg",
    "name": "spec.json",
    "upload": "0" * 64,
    "key_id": "0" * 16,
    "kind": "train",
    "project": OWN,
    "channel": "chat",
}
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/jobs": {"json": TRAIN},
    "PATCH /v1/jobs/{job_id}": {"json": {"notes": "mine"}},
    "POST /v1/keys": {"json": {"name": "anna", "role": "viewer", "projects": [OWN]}},
    "POST /v1/models": {"params": {"preprocessing": "none", "classes": "2"}, "content": b"PK model"},
    "POST /v1/uploads": {"content": b"PK model"},
    "POST /upload/model": {"files": {"model": ("model.keras", b"PK model")}},
    "POST /upload/pictures": {"data": {"folder": "mine"}, "files": {"pictures": ("mine/rose/1.jpg", b"picture")}},
    "PUT /v1/datasets/{path}": {"content": b"picture"},
    "PUT /v1/projects/{project}/channels/{channel}": {"json": {"kind": "webhook", "url": "https://example.org/hook"}},
    "POST /projects/{project}/channels": {
        "data": {"name": "ci", "kind": "webhook", "url": "https://example.org/hook", "states": "failed"}
    },
    "POST /v1/jobs:import": {"content": b"no tar file"},
    "PUT /v1/projects/{project}/retention": {"json": {"keep": "90d"}},
    "PUT /v1/retention": {"json": {"features": "60d"}},
    "PUT /v1/projects/{project}/quota": {"json": {"active_jobs": 3}},
}


def ask(site: Site, address: str, key: str | None, job_id: str, *, project: str | None = None) -> httpx.Response:
    """Make the request of an address, about a job, its model, or a folder of ``rose``."""
    method, path = address.split(" ")
    parts = {**PARTS, "job_id": job_id, "model_id": job_id, "path": f"@{OWN}/secret/rose/2.jpg"}
    filled = re.sub(r"\{(\w+)\}", lambda part: parts.get(part[1], "x"), path)
    headers = {**(bearer(key) if key else {}), **({HEADER: project} if project else {})}
    answer: httpx.Response = site.http.request(method, filled, headers=headers, **BODIES.get(address, {}))
    return answer


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    """A new route fails here until api/access/rules.py says who may use it."""
    assert set(ADDRESSES) == set(RULES)


def test_the_description_has_no_operation_besides() -> None:
    described = {f"{method.upper()} {path}" for path, found in APP.openapi()["paths"].items() for method in found}
    assert described <= set(ADDRESSES)


def test_besides_the_routes_there_are_only_files_that_hold_no_data() -> None:
    besides = {getattr(route, "path", None) for route in APP.routes if not isinstance(route, APIRoute)}
    assert besides - {None} == {"/openapi.json", "/static"}


@pytest.mark.parametrize("address", CLOSED)
def test_without_credentials_nothing_is_shown_and_nothing_is_done(address: str, site: Site, job_id: str) -> None:
    before = site.contents()
    for key in (None, "fsk_0123456789abcdef_wrong", "nonsense"):
        answer = ask(site, address, key, job_id)
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"] == 'Bearer realm="florescope"'
        assert "secret name" not in answer.text
    assert site.contents() == before


@pytest.mark.parametrize("address", PUBLIC)
def test_some_addresses_are_for_everybody(address: str, site: Site, job_id: str) -> None:
    assert ask(site, address, None, job_id).status_code != 403


def may(address: str, role: Role) -> bool:
    return role.may(RULES[address].least or Role.ADMIN)


@pytest.mark.parametrize(
    ("address", "role"), [(address, role) for address in CLOSED for role in Role if may(address, role)]
)
def test_the_least_role_and_those_above_it_may(address: str, role: Role, site: Site, job_id: str) -> None:
    answer = ask(site, address, site.key(role, "*" if RULES[address].of is Of.EVERYTHING else OWN), job_id)
    assert answer.status_code not in {401, 403, 500}, answer.text
    assert "there is no job" not in answer.text
    assert "there is no model" not in answer.text


@pytest.mark.parametrize("address", [each for each in CLOSED if not all(may(each, role) for role in Role)])
def test_the_roles_below_may_not_and_change_nothing(address: str, site: Site, job_id: str) -> None:
    for role in Role:
        if may(address, role):
            continue
        key = site.key(role, "*" if RULES[address].of is Of.EVERYTHING else OWN)
        before = site.contents()
        answer = ask(site, address, key, job_id)
        assert (role, answer.status_code) == (role, 403)
        assert "secret name" not in answer.text
        assert site.contents() == before


@pytest.mark.parametrize("address", OF_THINGS)
def test_what_is_of_another_project_is_not_there(address: str, site: Site, job_id: str) -> None:
    """Whatever the role, and the answer does not tell whether the thing exists."""
    for role in Role:
        key, before = site.key(role, OTHER), site.contents()
        answer, absent = ask(site, address, key, job_id), ask(site, address, key, "0" * len(job_id))
        expected = 404 if role.may(RULES[address].least or Role.ADMIN) else 403
        assert (role, answer.status_code) == (role, expected)
        assert answer.text.replace(job_id, "0" * len(job_id)) == absent.text
        assert site.contents() == before


@pytest.mark.parametrize("address", OF_LISTS)
def test_lists_leave_out_what_is_of_other_projects(address: str, site: Site, job_id: str) -> None:
    answer = ask(site, address, site.key(Role.ADMIN, OTHER), job_id)
    assert answer.status_code == 200, answer.text
    for word in (job_id, "secret", "submitter of rose"):
        assert word not in answer.text


@pytest.mark.parametrize("address", [each for each in CLOSED if RULES[each].of is Of.EVERYTHING])
def test_what_is_about_all_projects_takes_a_key_of_all(address: str, site: Site, job_id: str) -> None:
    assert ask(site, address, site.key(Role.ADMIN, OWN, OTHER), job_id).status_code == 403


@pytest.mark.parametrize("address", [each for each in CLOSED if RULES[each].of is Of.NEW])
def test_nothing_is_made_in_another_project(address: str, site: Site, job_id: str) -> None:
    key, before = site.key(Role.ADMIN, OTHER), site.contents()
    assert ask(site, address, key, job_id, project=OWN).status_code == 404
    assert site.contents() == before


@pytest.mark.parametrize("address", [each for each in CLOSED if each.split(" ")[0] not in SAFE_METHODS])
def test_a_session_changes_nothing_without_its_token(address: str, site: Site, job_id: str) -> None:
    key = site.key(Role.ADMIN)
    assert site.http.post("/login", data={"key": key}).status_code == 303
    before = site.contents()
    assert ask(site, address, None, job_id).status_code == 403
    assert site.contents() == before
