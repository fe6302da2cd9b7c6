from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from jobs.version import VERSION
from settings import Settings
from workers.process.opening import services


@pytest.mark.parametrize(("told", "expected"), [("0.1.0+1a2b3c4d5e6f", "0.1.0+1a2b3c4d5e6f"), ("", VERSION)])
def test_records_name_the_code_as_the_environment_does_else_by_its_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, expected: str
) -> None:
    monkeypatch.setenv("FLORESCOPE_STORE_URL", tmp_path.as_uri())
    monkeypatch.setenv("FLORESCOPE_CODE_VERSION", told)
    assert services(Celery(), Settings(), worker="test@here").code_version == expected


def test_the_code_version_is_the_release_where_nobody_says_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLORESCOPE_STORE_URL", tmp_path.as_uri())
    monkeypatch.delenv("FLORESCOPE_CODE_VERSION", raising=False)
    assert services(Celery(), Settings(), worker="test@here").code_version == VERSION
