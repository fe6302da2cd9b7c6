"""Commands of ``florescope``, run in the process of a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def command_line(url: str, *, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands against the API at ``url``."""

    def run(*words: str) -> Ran:
        monkeypatch.setenv("FLORESCOPE_API_URL", url)
        monkeypatch.setattr("sys.argv", ["florescope", *words])
        capsys.readouterr()  # what was said before, as by a worker
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Ran(int(end.value.code or 0), said.out, said.err)

    return run
