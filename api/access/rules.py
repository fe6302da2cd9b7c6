"""Says of each address who may use it, and to which project that belongs which it is about.

An address that does not stand here is used by nobody where identity is on; a test compares this table with the routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from jobs.identity.role import Role


class Of(Enum):
    """Where the project stands that a request is about.

    Attributes:
        NOTHING: it is about no project.
        EVERYTHING: about the whole installation: the caller must see all projects.
        LISTS: about all that the caller sees: lists leave out the rest by themselves.
        NEW: about what is to be made, in the project that ``X-Florescope-Project`` names, or the caller's only one.
        JOB: about the job ``job_id`` of the path.
        MODEL: about the model ``model_id`` of the path.
        PROJECT: about the project ``project`` of the path.
        FOLDER: about the folder of pictures in which ``path`` lies.
    """

    NOTHING = "nothing"
    EVERYTHING = "everything"
    LISTS = "lists"
    NEW = "new"
    JOB = "job"
    MODEL = "model"
    PROJECT = "project"
    FOLDER = "folder"


@dataclass(frozen=True)
class Rule:
    """Who may use one address, and where the project stands that it is about.

    Attributes:
        least: the least role; None for everybody, also without credentials.
    """

    least: Role | None
    of: Of


_EVERYBODY = Rule(None, Of.NOTHING)
_READ_JOB = Rule(Role.VIEWER, Of.JOB)
_CHANGE_JOB = Rule(Role.SUBMITTER, Of.JOB)
_READ_MODEL = Rule(Role.VIEWER, Of.MODEL)
_CHANGE_MODEL = Rule(Role.SUBMITTER, Of.MODEL)
_CHANGE_FOLDER = Rule(Role.SUBMITTER, Of.FOLDER)
_READ_LIST = Rule(Role.VIEWER, Of.LISTS)
_OPERATE = Rule(Role.OPERATOR, Of.EVERYTHING)
_OPERATE_JOB = Rule(Role.OPERATOR, Of.JOB)
_READ_ANY = Rule(Role.VIEWER, Of.NOTHING)
_READ_PROJECT = Rule(Role.VIEWER, Of.PROJECT)
_CHANGE_PROJECT = Rule(Role.ADMIN, Of.PROJECT)
_SUBMIT = Rule(Role.SUBMITTER, Of.NEW)
_RULES: Mapping[str, Rule] = {
    "POST /v1/jobs": _SUBMIT,
    "GET /v1/jobs": _READ_LIST,
    "GET /v1/jobs/{job_id}": _READ_JOB,
    "PATCH /v1/jobs/{job_id}": _CHANGE_JOB,
    "POST /v1/jobs/{job_id}:cancel": _CHANGE_JOB,
    "POST /v1/jobs/{job_id}:retry": _CHANGE_JOB,
    "POST /v1/jobs/{job_id}:pause": _OPERATE_JOB,
    "POST /v1/jobs/{job_id}:resume": _OPERATE_JOB,
    "GET /v1/jobs/{job_id}/events": _READ_JOB,
    "GET /v1/jobs/{job_id}/log": _READ_JOB,
    "GET /v1/jobs/{job_id}/log/events": _READ_JOB,
    "GET /v1/jobs/{job_id}/results": _READ_JOB,
    "GET /v1/jobs/{job_id}/results/coco": _READ_JOB,
    "GET /v1/jobs/{job_id}/results/fiftyone": _READ_JOB,
    "GET /v1/jobs/{job_id}/facets": _READ_JOB,
    "GET /v1/jobs/{job_id}/images/{image_id}/{method}.{form}": _READ_JOB,
    "GET /v1/jobs/{job_id}/maps/{image_id}/{method}.{encoding}": _READ_JOB,
    "GET /v1/jobs/{job_id}/photographs/{image_id}": _READ_JOB,
    "GET /v1/jobs/{job_id}/trials": _READ_JOB,
    "GET /v1/jobs/{job_id}/artifacts": _READ_JOB,
    "GET /v1/jobs/{job_id}/artifacts/{name}": _READ_JOB,
    "GET /v1/jobs/{job_id}/dependents": _READ_JOB,
    "DELETE /v1/jobs/{job_id}": _CHANGE_JOB,
    "POST /v1/jobs/{job_id}:restore": _CHANGE_JOB,
    "POST /v1/jobs/{job_id}:archive": _CHANGE_JOB,
    "POST /v1/jobs/{job_id}:unarchive": _CHANGE_JOB,
    "GET /v1/models/{model_id}/dependents": _READ_MODEL,
    "DELETE /v1/models/{model_id}": _CHANGE_MODEL,
    "POST /v1/models/{model_id}:restore": _CHANGE_MODEL,
    "POST /v1/models/{model_id}:archive": _CHANGE_MODEL,
    "POST /v1/models/{model_id}:unarchive": _CHANGE_MODEL,
    "GET /v1/jobs/{job_id}/export": _READ_JOB,
    "POST /v1/jobs:import": _SUBMIT,
    "GET /v1/usage": _READ_LIST,
    "POST /v1/cleanup": _OPERATE,
    "GET /v1/projects/{project}/retention": Rule(Role.VIEWER, Of.PROJECT),
    "PUT /v1/projects/{project}/retention": Rule(Role.ADMIN, Of.PROJECT),
    "GET /v1/retention": _READ_ANY,
    "PUT /v1/retention": Rule(Role.ADMIN, Of.EVERYTHING),
    "GET /v1/deleted": _READ_LIST,
    "GET /v1/datasets/{path}/dependents": Rule(Role.VIEWER, Of.FOLDER),
    "DELETE /v1/datasets/{path}": _CHANGE_FOLDER,
    "POST /v1/datasets/{path}:restore": _CHANGE_FOLDER,
    "POST /v1/datasets/{path}:archive": _CHANGE_FOLDER,
    "POST /v1/datasets/{path}:unarchive": _CHANGE_FOLDER,
    "DELETE /v1/uploads/{upload}": _SUBMIT,
    "POST /v1/uploads/{upload}:restore": _SUBMIT,
    "GET /v1/features": _OPERATE,
    "DELETE /v1/features/{digest}": _OPERATE,
    "POST /v1/features/{digest}:restore": _OPERATE,
    "GET /v1/models": _READ_LIST,
    "POST /v1/models": _SUBMIT,
    "GET /v1/models/{model_id}": _READ_MODEL,
    "GET /v1/models/{model_id}/file": _READ_MODEL,
    "POST /v1/uploads": _SUBMIT,
    "GET /v1/uploads/{upload}": _SUBMIT,
    "GET /v1/datasets": _READ_LIST,
    "PUT /v1/datasets/{path}": _CHANGE_FOLDER,
    "GET /v1/methods": _READ_ANY,
    "GET /v1/keys": Rule(Role.ADMIN, Of.LISTS),
    "POST /v1/keys": Rule(Role.ADMIN, Of.LISTS),
    "POST /v1/keys/{key_id}:revoke": Rule(Role.ADMIN, Of.LISTS),
    "GET /v1/audit-log": Rule(Role.ADMIN, Of.LISTS),
    "GET /v1/projects/{project}/quota": _READ_PROJECT,
    "PUT /v1/projects/{project}/quota": _CHANGE_PROJECT,
    "GET /v1/projects/{project}/channels": _READ_PROJECT,
    "PUT /v1/projects/{project}/channels/{channel}": _CHANGE_PROJECT,
    "DELETE /v1/projects/{project}/channels/{channel}": _CHANGE_PROJECT,
    "POST /v1/projects/{project}/channels/{channel}:test": _CHANGE_PROJECT,
    "GET /v1/projects/{project}/notices": _READ_PROJECT,
    "GET /v1/projects/{project}/weight": _READ_PROJECT,
    "PUT /v1/projects/{project}/weight": Rule(Role.ADMIN, Of.EVERYTHING),
    "GET /v1/queues": _OPERATE,
    "POST /v1/queues/{queue}:pause": _OPERATE,
    "POST /v1/queues/{queue}:resume": _OPERATE,
    "GET /v1/whoami": _READ_LIST,
    "GET /v1/operations": _OPERATE,
    "GET /livez": _EVERYBODY,
    "GET /readyz": _EVERYBODY,
    "GET /metrics": _READ_LIST,
    "GET /docs": _EVERYBODY,
    "GET /palettes.json": _EVERYBODY,
    "GET /login": _EVERYBODY,
    "POST /login": _EVERYBODY,
    "GET /login/oidc": _EVERYBODY,
    "GET /login/oidc/callback": _EVERYBODY,
    "POST /logout": _EVERYBODY,
    "GET /": _READ_LIST,
    "GET /new": _SUBMIT,
    "GET /new/{kind}": _SUBMIT,
    "POST /new/{kind}/check": _SUBMIT,
    "POST /new/{kind}": _SUBMIT,
    "GET /operations": _OPERATE,
    "GET /notices": _READ_LIST,
    "GET /projects/{project}/notices": _READ_PROJECT,
    "POST /projects/{project}/channels": _CHANGE_PROJECT,
    "POST /projects/{project}/channels/{channel}/test": _CHANGE_PROJECT,
    "POST /projects/{project}/channels/{channel}/remove": _CHANGE_PROJECT,
    "GET /upload": _SUBMIT,
    "POST /upload/model": _SUBMIT,
    "POST /upload/pictures": _SUBMIT,
    "GET /models": _READ_LIST,
    "GET /models/{model_id}": _READ_MODEL,
    "POST /jobs/selected": _SUBMIT,
    "GET /jobs/{job_id}": _READ_JOB,
    "GET /jobs/{job_id}/report": _READ_JOB,
    "GET /jobs/{job_id}/images": _READ_JOB,
    "GET /jobs/{job_id}/images/{image_id}": _READ_JOB,
    "GET /deleted": _READ_LIST,
    "GET /jobs/{job_id}/delete": _CHANGE_JOB,
    "POST /jobs/{job_id}/delete": _CHANGE_JOB,
    "POST /jobs/{job_id}/restore": _CHANGE_JOB,
    "POST /jobs/{job_id}/archive": _CHANGE_JOB,
    "POST /jobs/{job_id}/cancel": _CHANGE_JOB,
    "POST /jobs/{job_id}/remarks": _CHANGE_JOB,
    "POST /jobs/{job_id}/retry": _CHANGE_JOB,
    "POST /jobs/{job_id}/turn": _CHANGE_JOB,
    "POST /jobs/{job_id}/pause": _OPERATE_JOB,
    "POST /jobs/{job_id}/resume": _OPERATE_JOB,
    "POST /operations/queues/{queue}/pause": _OPERATE,
    "POST /operations/queues/{queue}/resume": _OPERATE,
}
RULES: Mapping[str, Rule] = MappingProxyType(_RULES)


def rule_of(method: str, path: str) -> Rule | None:
    """The rule of an address, its path written as in the API's description; None where there is none."""
    return RULES.get(f"{method} {path}")
