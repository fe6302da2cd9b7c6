"""Figures are measured by name, and one that fails neither loses the others nor goes unnoticed."""

from __future__ import annotations

import json

import pytest

from bench.named_figures import figures_parser, measured, print_and_exit


def broken() -> dict[str, float]:
    raise ValueError("no such file")


def test_all_figures_are_measured_where_none_is_named() -> None:
    parser = figures_parser("About.", ("first", "second"))
    assert parser.parse_args([]).figures == ["first", "second"]
    assert parser.parse_args(["second"]).figures == ["second"]


def test_an_unknown_figure_is_refused_with_the_names_of_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        figures_parser("About.", ("first", "second")).parse_args(["first", "third"])
    assert "no figure 'third': there are first, second" in capsys.readouterr().err


def test_a_figure_that_fails_does_not_lose_the_others() -> None:
    found, failed = measured({"broken": broken, "whole": lambda: {"whole_s": 2.0}})
    assert found == {"whole_s": 2.0}
    assert failed == {"broken": "ValueError('no such file')"}


@pytest.mark.parametrize(("failed", "status"), [({}, 0), ({"broken": "ValueError()"}, 1)])
def test_the_exit_status_tells_of_a_figure_that_failed(
    failed: dict[str, str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        print_and_exit({"whole_s": 2.0}, failed)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert left.value.code == status
    assert (told["whole_s"], told["failed"]) == (2.0, failed)
    assert told["machine"]["cores"] >= 1
