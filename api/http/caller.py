"""Who makes the present request, and what they see."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from jobs.identity.quota import NO_QUOTA, Quota
from jobs.identity.role import Role
from jobs.names.project_name import DEFAULT_PROJECT


@dataclass(frozen=True)
class Caller:
    """Somebody who makes requests.

    Attributes:
        name: that jobs and models say as their submitter; empty where nobody has to say who they are.
        role: in each of the projects.
        projects: that are seen; None for all.
        project: of what is made by the present request, such as a job.
        key_id: of the API key; empty where there is none.
        quota: of the key.
    """

    name: str = ""
    role: Role = Role.ADMIN
    projects: frozenset[str] | None = None
    project: str = DEFAULT_PROJECT
    key_id: str = ""
    quota: Quota = NO_QUOTA

    def sees(self, project: str) -> bool:
        """Whether what belongs to this project is seen."""
        return self.projects is None or project in self.projects


ANYBODY = Caller()
"""Where identity is off: everybody may do everything."""
NOBODY = Caller(role=Role.VIEWER, projects=frozenset(), project="")
"""Where identity is on: whoever did not say who they are."""
_current: ContextVar[Caller] = ContextVar("caller", default=ANYBODY)


def current_caller() -> Caller:
    """Who makes the present request. Outside of requests, and where identity is off, ``ANYBODY``."""
    return _current.get()


def set_caller(caller: Caller) -> None:
    """Say who makes the present request; holds for what it calls, also in other threads."""
    _current.set(caller)


def visible_projects() -> frozenset[str] | None:
    """The projects that the caller of the present request sees; None for all."""
    return current_caller().projects
