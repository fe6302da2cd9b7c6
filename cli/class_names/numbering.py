"""Puts class names into the order of their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cli.errors import Usage

AS_NAMES = "; where the numbers belong to the names, give the names as a JSON list"
_SHOWN = 3


def in_order(numbered: Iterable[tuple[int, str]], *, hint: str = "") -> list[str]:
    """The names by their numbers, which must be 0, 1, 2 and so on, each once.

    Args:
        numbered: number and name of each class.
        hint: what to do where the numbers were meant otherwise.

    Raises:
        Usage: a number is missing or given twice; says which.
    """
    found = sorted(numbered)
    problem = numbering_problem([number for number, _ in found])
    if problem:
        raise Usage(f"{problem}: classes are numbered from 0, as the model's outputs are{hint}")
    return [name for _, name in found]


def numbering_problem(numbers: Sequence[int]) -> str:
    """Why these are not 0, 1, 2 and so on; nothing if they are."""
    twice = [number for number, times in sorted(Counter(numbers).items()) if times > 1]
    if twice:
        return f"the number {_listed(twice)} is given twice"
    missing = sorted(set(range(len(numbers))) - set(numbers))
    if missing:
        span = f"{min(numbers)} to {max(numbers)}"
        return f"{len(numbers)} classes are numbered {span}, and {_listed(missing)} is missing"
    return ""


def distinct(names: Sequence[str]) -> list[str]:
    """The names, if each is there once, and at least two are.

    Raises:
        Usage: one is there twice, or is empty; says where.
    """
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        if not name:
            raise Usage(f"class {index} has an empty name: name every class")
        first = places.setdefault(name, index)
        if first < index:
            raise Usage(f"class {name!r} is named twice, for outputs {first} and {index}: name each once")
    if len(names) < 2:
        raise Usage(f"one name was found, {names[0]!r}" if names else "no name was found")
    return list(names)


def _listed(numbers: Sequence[int]) -> str:
    more = f" (and {len(numbers) - _SHOWN} more)" if len(numbers) > _SHOWN else ""
    return ", ".join(map(str, numbers[:_SHOWN])) + more
