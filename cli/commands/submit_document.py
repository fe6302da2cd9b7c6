"""Submits the specification that a command has built; loads the HTTP client only then, because it is slow to load."""

from __future__ import annotations

from typing import Any

from cli.commands.turn import Turn


def submit_document(document: dict[str, Any], *, api: str, wait: bool, as_json: bool, turn: Turn) -> None:
    """Submit a job, wait if ``wait`` is set, and print it; the exit code says how it ended."""
    from cli.commands.submit import submit  # noqa: PLC0415  (it takes half a second)

    submit(document, url=api, wait=wait, as_json=as_json, turn=turn)
