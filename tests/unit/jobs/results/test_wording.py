"""Texts as people read them."""

from __future__ import annotations

import pytest

from jobs.results.wording import code_parts, number, percent, unbroken, unbroken_percent


def test_a_command_in_a_text_is_told_apart() -> None:
    assert code_parts("try `florescope audit`: it helps") == [
        (False, "try "),
        (True, "florescope audit"),
        (False, ": it helps"),
    ]


@pytest.mark.parametrize("text", ["nothing", "a lone ` stays", "two `` are none"])
def test_what_is_no_command_stays_as_it_is(text: str) -> None:
    assert code_parts(text) == [(False, text)]


def test_on_a_page_no_line_ends_before_a_percent_sign() -> None:
    assert unbroken("15.0 % of 95 % and 100 %, not a % b") == "15.0\u00a0% of 95\u00a0% and 100\u00a0%, not a % b"
    assert unbroken_percent(0.15) == "15.0\u00a0%"
    assert unbroken_percent(None) == "–"
    assert code_parts("5 % by `a[:5 %]`") == [(False, "5\u00a0% by "), (True, "a[:5 %]")]


def test_outside_of_pages_a_share_has_a_plain_space() -> None:
    assert percent(0.15) == "15.0 %"


@pytest.mark.parametrize(
    ("value", "text"), [(999.4, "999"), (999.7, "1,000"), (-999.9, "-1,000"), (1000, "1,000"), (0.12345, "0.123")]
)
def test_a_number_near_a_thousand_is_written_out(value: float, text: str) -> None:
    assert number(value) == text
