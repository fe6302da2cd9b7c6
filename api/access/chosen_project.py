"""Finds the project that a request chooses for itself."""

from __future__ import annotations

import re
from dataclasses import replace

from fastapi import Request

from api.access.rules import Of, Rule
from api.http.caller import Caller
from api.http.path_noun import folder_path
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.names.project_name import PROJECT, PROJECT_IN_WORDS, folder_prefix, project_of_folder

HEADER = "X-Florescope-Project"


def chosen_project(caller: Caller, request: Request, rule: Rule) -> Caller:
    """The caller in the project that the header names, and seeing no other; without it, in the only one they have.

    Raises:
        ObjectNotFound: the caller has no such project.
        InvalidSpec: the header names none, or is missing where something is to be made, and there are several.
    """
    if rule.of is Of.FOLDER:
        return replace(caller, project=_project_of_folder(caller, request.path_params["path"]))
    named = request.headers.get(HEADER)
    if named is None:
        if rule.of is Of.NEW and not caller.project:
            listed = ", ".join(sorted(caller.projects or ()))
            raise InvalidSpec(f"your key is of several projects, {listed}: say which one is meant", field=HEADER)
        return caller
    check_name(named, field=HEADER)
    return replace(caller, project=own_project(caller, named), projects=frozenset({named}))


def own_project(caller: Caller, project: str) -> str:
    """A project that the caller sees.

    Raises:
        ObjectNotFound: the caller does not.
    """
    if not caller.sees(project):
        raise ObjectNotFound(f"there is no project {project!r} here")
    return project


def check_name(project: str, *, field: str) -> None:
    """Let the name of a project pass.

    Raises:
        InvalidSpec: it is none.
    """
    if not re.fullmatch(PROJECT, project):
        raise InvalidSpec(f"{project!r} is no name of a project: expected {PROJECT_IN_WORDS}", field=field)


def _project_of_folder(caller: Caller, path: str) -> str:
    project = project_of_folder(folder_path(path))
    check_name(project, field="path")
    if caller.sees(project):
        return project
    own = caller.project or min(caller.projects or {""})
    raise ObjectNotFound(
        f"there is no such folder here: the names of folders of the project {own!r} begin with "
        f"'{folder_prefix(own)}', such as '{folder_prefix(own)}mine/rose/1.jpg'"
    )
