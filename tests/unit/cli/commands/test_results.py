"""``florescope results`` refuses options that contradict each other, before it asks the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.exit_code import ExitCode
from tests.services.command_line import Ran


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--csv", "--json"), "choose one"),
        (("--json", "--format", "coco"), "choose one"),
        (("--format", "xml"), "expected coco or fiftyone"),
        (("--to", "all.json"), "in which --format"),
    ],
)
def test_what_contradicts_itself_is_refused(
    florescope: Callable[..., Ran], options: tuple[str, ...], words: str
) -> None:
    ran = florescope("results", "j1", *options)
    assert ran.code == ExitCode.USAGE
    assert words in ran.err
