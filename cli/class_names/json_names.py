"""Reads class names from JSON: a list, or an object of names and numbers in either direction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from cli.class_names.numbering import in_order
from cli.errors import Usage

_WITHIN = ("id2label", "labels", "class_names", "classes", "names", "class_indices")
"""Where larger documents keep them: Hugging Face's config.json, Teachable Machine's metadata.json, and others."""


def names_in_json(text: str) -> list[str]:
    """The names in the order of the model's outputs.

    Raises:
        Usage: it is no JSON, or there are no such names in it.
    """
    try:
        found = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise Usage(f"it is no JSON, though it starts like it: {error}") from error
    return _names(found)


class _Pairs(list[tuple[str, Any]]):
    """An object, in which a key may be there twice."""


def _names(found: Any) -> list[str]:
    if isinstance(found, _Pairs):
        named = {name: value for name, value in found if isinstance(value, list)}
        within = next((named[key] for key in _WITHIN if key in named), None)
        return _of_pairs(found) if within is None else _names(within)
    if isinstance(found, list):
        return [_name(each) for each in found]
    raise Usage(f"it holds {_shown(found)}: a list of names, or an object of names and numbers, was expected")


def _of_pairs(pairs: _Pairs) -> list[str]:
    """Numbers may be keys or values, and strings of digits where they are keys."""
    keys, values = [key.strip() for key, _ in pairs], [value for _, value in pairs]
    if values and all(map(_is_integer, values)):
        return in_order(zip(values, keys, strict=True))
    if keys and all(map(_is_digits, keys)):
        return in_order(zip(map(int, keys), _several(values), strict=True))
    if values and all(map(_is_digits, values)):
        return in_order(zip(map(int, values), keys, strict=True))
    raise Usage(f"its object is not one of names and numbers: {_odd(pairs)}")


def _odd(pairs: _Pairs) -> str:
    """The first pair with no number on either side, in words."""
    odd = (pair for pair in pairs if not (_is_digits(pair[0]) or _is_digits(pair[1]) or _is_integer(pair[1])))
    key, value = next(odd, pairs[0] if pairs else ("", None))
    return f"it holds {key!r}: {_shown(value)}" if pairs else "it is empty"


def _shown(found: Any) -> str:
    return json.dumps(dict(found) if isinstance(found, _Pairs) else found)[:40]


def _several(values: Sequence[Any]) -> list[str]:
    """Names; of ["n01440764", "tench"], as ImageNet's index has it, the last, unless that is there twice."""
    rows = [value if isinstance(value, list) and value else [value] for value in values]
    last = [_name(row[-1]) for row in rows]
    counts = Counter(last)
    return [" ".join(map(_name, row)) if counts[name] > 1 else name for row, name in zip(rows, last, strict=True)]


def _name(found: Any) -> str:
    if isinstance(found, str):
        return found.strip()
    if _is_integer(found):
        return str(found)
    raise Usage(f"{_shown(found)} stands where the name of a class was expected")


def _is_integer(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool)


def _is_digits(found: Any) -> bool:
    return isinstance(found, str) and found.strip().isascii() and found.strip().isdigit()
