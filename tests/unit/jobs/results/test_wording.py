"""Texts as people read them."""

from __future__ import annotations

import pytest

from jobs.results.wording import code_parts


def test_a_command_in_a_text_is_told_apart() -> None:
    assert code_parts("try `florescope audit`: it helps") == [
        (False, "try "),
        (True, "florescope audit"),
        (False, ": it helps"),
    ]


@pytest.mark.parametrize("text", ["nothing", "a lone ` stays", "two `` are none"])
def test_what_is_no_command_stays_as_it_is(text: str) -> None:
    assert code_parts(text) == [(False, text)]
