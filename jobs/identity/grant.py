"""What people may do who sign in with a provider of identity, by what that says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.identity.role import Role
from jobs.names.project_name import PROJECT_OR_ALL

FORM = "<value>=<role>:<project>+<project>, separated by semicolons; '*' for every value or all projects"
ANYBODY = "*"


@dataclass(frozen=True)
class Grant:
    """Of people whose claim has this value.

    Attributes:
        value: such as a group; ``*`` for everybody who can sign in.
        projects: that are seen; ``*`` stands for all.
    """

    value: str
    role: Role
    projects: tuple[str, ...]


def read_grants(text: str) -> tuple[Grant, ...]:
    """The grants of a setting, in their order.

    Raises:
        ValueError: the text has another form.
    """
    return tuple(_grant(part.strip()) for part in text.split(";") if part.strip())


def grant_of(claims: Mapping[str, Any], *, claim: str, grants: Iterable[Grant]) -> Grant | None:
    """The first grant that fits somebody; None for whoever may do nothing.

    Only one counts: a role in one group says nothing of the projects of another.
    """
    found = claims.get(claim)
    values = {str(each) for each in found} if isinstance(found, list | tuple) else {str(found)} if found else set()
    return next((each for each in grants if each.value == ANYBODY or each.value in values), None)


def _grant(text: str) -> Grant:
    value, _, rest = text.rpartition("=")
    role, _, projects = rest.partition(":")
    names = tuple(projects.split("+"))
    if (
        not value
        or role not in {each.value for each in Role}
        or not all(re.fullmatch(PROJECT_OR_ALL, n) for n in names)
    ):
        raise ValueError(f"{text!r} is no grant: expected {FORM}, such as 'ml-team=submitter:rose+tulip'")
    return Grant(value, Role(role), names)
