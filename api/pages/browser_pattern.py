"""Writes a pattern of ours as browsers read it in the attribute ``pattern`` of an input."""

from __future__ import annotations

import re

_SET = re.compile(r"\[(\^?)((?:\\.|[^\]\\])+)\]")
_MEMBER = re.compile(r"(?:\\.|[^\\])-(?:\\.|[^\\])|\\.|[()\[{}/|-]")
"""Of a set: a range, what is escaped already, or a character that has to be."""


def browser_pattern(pattern: str) -> str:
    r"""The same pattern for HTML's ``pattern``, which is the whole value in any case: ``^[a-z-]+$`` is ``[a-z\-]+``.

    Browsers compile it with the flag ``v`` of JavaScript, under which ``( ) [ { } / - |`` in a set have to be escaped;
    they pass over a pattern that does not compile, so that every value would be taken.
    """
    whole = pattern.removeprefix("^").removesuffix("$")
    return _SET.sub(lambda found: f"[{found[1]}{_MEMBER.sub(_escaped, found[2])}]", whole)


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if len(found[0]) == 1 else found[0]
