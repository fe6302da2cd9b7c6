"""Defines one sentence of a verdict."""

from __future__ import annotations

from typing import Literal

from jobs.value import Value

Tone = Literal["good", "warn", "bad", "plain"]


class Sentence(Value):
    """One sentence of a verdict.

    Attributes:
        text: plain text.
        evidence: id of the element of the same page that shows what it rests on.
        tone: whether it reassures (``good``), asks for care, or names a fault.
    """

    text: str
    evidence: str
    tone: Tone = "plain"
