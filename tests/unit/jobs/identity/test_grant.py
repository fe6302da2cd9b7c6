"""What people may do by what a provider of identity says of them."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.identity.grant import Grant, grant_of, read_grants
from jobs.identity.role import Role

GRANTS = read_grants("admins=admin:*; ml-team=submitter:rose+tulip;cn=ml,ou=x=viewer:rose")


def test_grants_are_read_in_their_order() -> None:
    assert (
        Grant("admins", Role.ADMIN, ("*",)),
        Grant("ml-team", Role.SUBMITTER, ("rose", "tulip")),
        Grant("cn=ml,ou=x", Role.VIEWER, ("rose",)),
    ) == GRANTS


@pytest.mark.parametrize(
    ("claims", "value"),
    [
        ({"groups": ["ml-team"]}, "ml-team"),
        ({"groups": "ml-team"}, "ml-team"),
        ({"groups": ["cn=ml,ou=x", "ml-team"]}, "ml-team"),
        ({"groups": ["others"]}, None),
        ({"groups": []}, None),
        ({"groups": None}, None),
        ({"groups": {"ml-team": True}}, None),
        ({"roles": ["admins"]}, None),
        ({}, None),
    ],
)
def test_the_first_grant_that_fits_counts_and_no_other(claims: dict[str, Any], value: str | None) -> None:
    found = grant_of(claims, claim="groups", grants=GRANTS)
    assert (found.value if found else None) == value


def test_everybody_may_be_granted_something() -> None:
    found = grant_of({}, claim="groups", grants=read_grants("*=viewer:rose"))
    assert found == Grant("*", Role.VIEWER, ("rose",))


@pytest.mark.parametrize("text", ["admins", "admins=owner:*", "admins=admin", "=admin:*", "a=admin:ROSE", "a=admin:"])
def test_what_is_no_grant_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="expected <value>=<role>:<project>"):
        read_grants(text)
