"""Reads an ``ImageFilter`` from the names and values of an address; what cannot be is refused by name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from jobs.errors import InvalidSpec
from jobs.names.near_name import did_you_mean
from jobs.results.images.image_filter import INDEX, RANGED, SORTS, ImageFilter, ValueRange
from jobs.results.record import Outcome

NAMES = ("outcome", "label", "prediction", "flag", "cluster", "range", "id", "search", "sort", "method")
MOST_VALUES, LONGEST_VALUE, LARGEST_LABEL = 500, 500, 2**31 - 1
_SHOWN = 12
_RANGE = re.compile(r"([^:]*):([^:]*)\.\.([^:]*)")

Given = Mapping[str, Sequence[str]]


def read_filter(given: Given, *, class_names: Sequence[str] = (), methods: Sequence[str] = ()) -> ImageFilter:
    """The filter that these values ask for; empty texts ask for nothing.

    Args:
        given: the values of each name.
        class_names: of the job, by label: a class may be named or numbered.
        methods: of whose maps the job has measures.

    Raises:
        InvalidSpec: says which value is wrong, and what is accepted.
    """
    texts = {name: _texts(name, given.get(name, ())) for name in NAMES}
    return ImageFilter(
        sort=_sort(_last(texts["sort"])),
        method=_method(_last(texts["method"]), methods),
        outcome=tuple(sorted({_outcome(each) for each in texts["outcome"]})),
        label=_labels("label", texts["label"], class_names),
        prediction=_labels("prediction", texts["prediction"], class_names),
        flag=tuple(sorted(texts["flag"])),
        cluster=tuple(sorted({_cluster(each) for each in texts["cluster"]})),
        range=_ranges(texts["range"]),
        id=tuple(sorted(texts["id"])),
        search=_last(texts["search"]),
    )


def _texts(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MOST_VALUES:
        raise InvalidSpec(f"{len(values)} values are too many: at most {MOST_VALUES}", field=name)
    if any(len(each) > LONGEST_VALUE for each in values):
        raise InvalidSpec(f"a value is too long: at most {LONGEST_VALUE} characters", field=name)
    return tuple(dict.fromkeys(each for each in values if each))


def _last(values: Sequence[str]) -> str | None:
    return values[-1] if values else None


def _sort(text: str | None) -> str:
    if text is None or text in SORTS:
        return text or INDEX
    names = tuple(each for each in SORTS if not each.startswith("-"))
    near = did_you_mean(text, SORTS, cutoff=0.6)
    raise InvalidSpec(f"{text!r} is no order: expected {', '.join(names)}, or one with - before it{near}", field="sort")


def _method(text: str | None, methods: Sequence[str]) -> str | None:
    if text is None or text in methods:
        return text
    made = f"there are maps by {', '.join(methods)}" if methods else "it makes no maps"
    blank = "; in an address, + is written %2B" if text.rstrip() != text else ""
    raise InvalidSpec(f"this job has no maps by {text!r}: {made}{blank}", field="method")


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        expected = ", ".join(each.value for each in Outcome)
        raise InvalidSpec(f"{text!r} is no outcome: expected {expected}", field="outcome") from None


def _labels(field: str, texts: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted({label for text in texts for label in _label(field, text, names)}))


def _label(field: str, text: str, names: Sequence[str]) -> Iterator[int]:
    """The labels that a text means: digits are a label, anything else is the name of one class, or of several."""
    if _is_label(text):
        yield int(text)
        return
    wanted = text.strip().casefold()
    found = [label for label, name in enumerate(names) if name.strip().casefold() == wanted]
    if not found:
        raise InvalidSpec(_no_class(text, names), field=field)
    yield from found


def _is_label(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_LABEL)) and int(text) <= LARGEST_LABEL


def _no_class(text: str, names: Sequence[str]) -> str:
    if not names:
        return f"{text!r} is no class: expected a whole number from 0; the names of the classes are not known"
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return (
        f"{text!r} is no class: expected a number from 0 to {len(names) - 1}, or a name: {shown}"
        f"{did_you_mean(text, names, cutoff=0.6)}"
    )


def _cluster(text: str) -> int:
    if _is_label(text) and int(text) > 0:
        return int(text)
    raise InvalidSpec(f"{text!r} is no cluster: expected its number, from 1", field="cluster")


def _ranges(texts: Sequence[str]) -> tuple[ValueRange, ...]:
    found = [_range(text) for text in texts]
    names = [each.name for each in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidSpec(f"there are two ranges of {twice}: give one with both bounds", field="range")
    return tuple(sorted(found, key=str))


def _range(text: str) -> ValueRange:
    parts = _RANGE.fullmatch(text)
    if parts is None:
        raise InvalidSpec(
            f"{text!r} is no range: expected a name and two bounds, of which one may be missing, such as "
            "'confidence:0.5..0.9' or 'map_error:0.1..'",
            field="range",
        )
    name, *bounds = parts.groups()
    if name not in RANGED:
        near = did_you_mean(name, RANGED, cutoff=0.6)
        raise InvalidSpec(f"{name!r} has no range: expected one of {', '.join(RANGED)}{near}", field="range")
    low, high = (_bound(bound, text) for bound in bounds)
    if low is None and high is None:
        raise InvalidSpec(f"{text!r} has no bound: give at least one", field="range")
    if low is not None and high is not None and low > high:
        raise InvalidSpec(f"{text!r} is empty: the lower bound comes first", field="range")
    return ValueRange(name, low, high)


def _bound(text: str, whole: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidSpec(f"{text!r} in {whole!r} is no number", field="range")
    return value
