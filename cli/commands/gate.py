"""Compares what an audit found with what a caller does not accept, such as ``shortcut:high``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cli.errors import Usage

ANY = "any"


@dataclass(frozen=True)
class Gate:
    """A verdict of findings, or ``any``, and the least severity that is not accepted."""

    verdict: str
    severity: str


def read_gates(texts: Iterable[str]) -> tuple[Gate, ...]:
    """Gates as they are written: ``shortcut:high``, ``leak`` for a leak of any severity, ``any:medium``.

    Raises:
        Usage: there is no such verdict or severity.
    """
    from jobs.results.finding import SEVERITIES, VERDICTS  # noqa: PLC0415  (pydantic is slow to load)

    gates = []
    for text in texts:
        verdict, _, severity = text.partition(":")
        if verdict not in {*VERDICTS, ANY} or severity not in {*SEVERITIES, ""}:
            raise Usage(
                f"--fail-on {text!r}: write VERDICT or VERDICT:SEVERITY, with {', '.join(VERDICTS)} or {ANY}, and "
                f"{', '.join(SEVERITIES)}"
            )
        gates.append(Gate(verdict, severity or SEVERITIES[0]))
    return tuple(gates)


def refused(counts: Mapping[str, int], gates: Sequence[Gate]) -> list[str]:
    """Those kinds of findings that a gate does not accept, such as ``shortcut:high``, each with its number.

    Args:
        counts: findings by ``verdict:severity``, as the summary of an audit has them.
        gates: what is not accepted.
    """
    from jobs.results.finding import SEVERITIES  # noqa: PLC0415  (pydantic is slow to load)

    found = []
    for name, count in counts.items():
        verdict, _, severity = name.partition(":")
        weight = SEVERITIES.index(severity)
        if any(gate.verdict in {verdict, ANY} and weight >= SEVERITIES.index(gate.severity) for gate in gates):
            found.append(f"{count} {name}")
    return found
