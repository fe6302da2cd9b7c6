from __future__ import annotations

import pytest

from cli.errors import Usage
from cli.stack.stack_settings import read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLORESCOPE_LOG_LEVEL", "loud"),
        ("FLORESCOPE_LEASE_TTL_S", "0.001"),
        ("FLORESCOPE_API_PORT", "99999"),
        ("FLORESCOPE_RECONCILE_EVERY_S", "0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_the_name_it_was_given_under(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Usage, match=f"{name} in the environment is '{value}': Input should be"):
        read_settings()
