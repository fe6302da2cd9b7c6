"""Asks whoever sits at the terminal; Ctrl-C ends the program as it does everywhere else."""

from __future__ import annotations

import sys
from getpass import getpass

import typer

from cli.errors import NotConfirmed, Usage


def confirm(question: str, *, otherwise: str) -> None:
    """Go on if the answer is yes.

    Raises:
        NotConfirmed: it is another one, or nobody can be asked; ``otherwise`` says what that means.
    """
    typer.echo(f"{question} [y/N]: ", err=True, nl=False)
    answer = sys.stdin.readline() if sys.stdin else ""
    if not answer.endswith("\n"):
        typer.echo(err=True)  # the answer ended without a line break
    if answer.strip().lower() not in {"y", "yes"}:
        raise NotConfirmed(otherwise)


def ask_secret(question: str, *, otherwise: str) -> str:
    """What is typed, which is not shown, or what a pipe holds.

    Raises:
        Usage: nothing is; ``otherwise`` says how else to give it.
    """
    answer = _typed(question) if sys.stdin and sys.stdin.isatty() else _line()
    if not answer:
        raise Usage(otherwise)
    return answer


def _typed(question: str) -> str:
    try:
        return getpass(f"{question}: ").strip()
    except EOFError:
        return ""


def _line() -> str:
    return sys.stdin.readline().strip() if sys.stdin else ""
