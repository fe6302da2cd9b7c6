"""Submits the specification that a command has built; loads the HTTP client only then, because it is slow to load."""

from __future__ import annotations

from typing import Any


def submit_document(document: dict[str, Any], *, api: str, wait: bool, as_json: bool) -> None:
    """Submit, wait if asked to, print the job; the exit code tells how the job ended."""
    from cli.commands.submit import submit  # noqa: PLC0415  (it takes half a second)

    submit(document, url=api, wait=wait, as_json=as_json)
