"""Compares the class names of a model and a data set: do both number the same classes alike?"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

_PREFIX = "class "
_SHOWN = 3
_NUMBERED = re.compile(rf"({_PREFIX})?[0-9]+")


def numbered(classes: int) -> tuple[str, ...]:
    """Names for classes of which only the number is known."""
    return tuple(f"{_PREFIX}{index}" for index in range(classes))


def are_numbered(names: Sequence[str]) -> bool:
    """Whether the names are but numbers, and so say nothing of what the classes are."""
    return all(_NUMBERED.fullmatch(plain(name)) for name in names)


def disagreement(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """In which way a model's classes are not those of a data set, to follow "model and data set"; nothing if they are.

    Names that are but numbers say nothing of the classes, and are taken to be the other's.
    """
    if len(theirs) != len(ours):
        return f"have {len(ours)} and {len(theirs)} classes"
    key = _told_apart_by(ours, theirs)
    apart = [label for label in range(len(ours)) if key(ours[label]) != key(theirs[label])]
    moved = sorted(map(key, ours)) == sorted(map(key, theirs))
    if not apart or (not moved and (are_numbered(ours) or are_numbered(theirs))):
        return ""
    what = "number the same classes differently" if moved else "have different classes"
    if not moved and all(near(ours[label], theirs[label]) for label in apart):
        what = "spell classes differently, perhaps the same ones"
    told = [f"class {label} is {ours[label]!r} to the model and {theirs[label]!r} to the data set" for label in apart]
    return f"{what}: {_shown(told)}"


def spelling(ours: Sequence[str], theirs: Mapping[int, str]) -> str:
    """How the names of classes that are taken for the same are spelt differently; nothing if they are not.

    Args:
        ours: the names of the model's classes.
        theirs: those of the data set, by label.
    """
    pairs = [(ours[label], name) for label, name in sorted(theirs.items()) if plain(ours[label]) == plain(name)]
    apart = [(our, their) for our, their in pairs if composed(our) != composed(their)]
    return _shown([f"the model says {our!r}, the data set {their!r}" for our, their in apart])


def near(one: str, other: str) -> bool:
    """Whether two names differ in case, in what stands between their words, or by a plural: perhaps the same class."""
    return bool(alike([one], [other]))


def alike(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    """All pairs of names that are near each other; takes time as there are names, not as there are pairs."""
    exact, by_singular = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for our in filter(_joined, ours):
        exact[_joined(our)].append(our)
        for singular in _singulars(_joined(our)):
            by_singular[singular].append(our)
    found = dict[tuple[str, str], None]()
    for their in filter(_joined, theirs):
        meant = [our for singular in sorted(_singulars(_joined(their))) for our in exact[singular]]
        found.update(dict.fromkeys((our, their) for our in [*meant, *by_singular[_joined(their)]]))
    return list(found)


def matched(names: Sequence[str], among: Sequence[str]) -> list[int | None]:
    """The place of each name among others: of the same name, else of the only one that is the same when plain."""
    exact = {composed(name): index for index, name in enumerate(among)}
    found = defaultdict[str, list[int]](list)
    for index, name in enumerate(among):
        found[plain(name)].append(index)
    only = {key: places[0] for key, places in found.items() if len(places) == 1}
    return [exact.get(composed(name), only.get(plain(name))) for name in names]


def _told_apart_by(*sides: Sequence[str]) -> Callable[[str], str]:
    """How names are compared: plain, unless that makes two classes of one side the same."""
    distinct = all(len(set(map(plain, names))) == len(names) for names in sides)
    return plain if distinct else composed


def _joined(name: str) -> str:
    return plain(name).replace(" ", "")


def _singulars(word: str) -> set[str]:
    """What the word may be the plural of, in English; and itself."""
    found = {word, word.removesuffix("s"), word.removesuffix("es")}
    return found | {f"{word.removesuffix('ies')}y"} if word.endswith("ies") else found


def _shown(told: Sequence[str]) -> str:
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more


def plain(name: str) -> str:
    """What names of the same class have in common, whatever their case and whatever stands between their words."""
    return composed(" ".join(re.split(r"[\s_-]+", composed(name).casefold())).strip())


def composed(name: str) -> str:
    """The name in Unicode's composed form: some systems write an umlaut as two characters."""
    return unicodedata.normalize("NFC", name)
