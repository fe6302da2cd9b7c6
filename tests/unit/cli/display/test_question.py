from __future__ import annotations

import io

import pytest

from cli.display import question
from cli.display.question import ask_secret, confirm
from cli.errors import NotConfirmed, Usage
from cli.exit_code import ExitCode


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", "y"])
def test_yes_goes_on(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    _type(monkeypatch, answer)
    confirm("Delete it?", otherwise="nothing was deleted")


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_any_other_answer_says_what_that_means(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    _type(monkeypatch, answer)
    with pytest.raises(NotConfirmed, match="nothing was deleted") as error:
        confirm("Delete it?", otherwise="nothing was deleted")
    assert error.value.exit_code == ExitCode.STOPPED


def test_without_any_input_the_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(NotConfirmed):
        confirm("Delete it?", otherwise="nothing was deleted")


def test_interrupting_a_question_interrupts_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def readline(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        confirm("Delete it?", otherwise="nothing was deleted")


def test_a_secret_that_nobody_types_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def nobody(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(question, "getpass", nobody)
    with pytest.raises(Usage, match="no address was given"):
        ask_secret("Address", otherwise="no address was given")
    monkeypatch.setattr(question, "getpass", lambda _: " slack://a/b/c ")
    assert ask_secret("Address", otherwise="no address was given") == "slack://a/b/c"


def test_a_secret_may_come_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, "slack://a/b/c\n")
    assert ask_secret("Address", otherwise="no address was given") == "slack://a/b/c"
    with pytest.raises(Usage, match="no address was given"):
        ask_secret("Address", otherwise="no address was given")
