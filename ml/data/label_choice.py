"""Chooses the label among the features of a data set: the one that was asked for, or the one that there is."""

from __future__ import annotations

from collections.abc import Mapping

from ml.errors import BadOption, UnknownName

LABEL = "label"
MOST_CLASSES = 100_000
"""Larger numbers are no classes."""


def chosen_label(dataset: str, asked: str | None, *, kinds: Mapping[str, str], named: frozenset[str]) -> str:
    """The feature that holds the labels: the one that is asked for, else ``label``, else the only one with names.

    Args:
        dataset: its name, for messages.
        asked: the name of a feature; None where nothing was said.
        kinds: what every feature is, in words, by name.
        named: features that hold one class each, with or without names of classes.

    Raises:
        BadOption: there is no such feature, it holds no classes, or there are several and none was asked for.
        UnknownName: no feature holds classes.
    """
    choices = ", ".join(map(repr, sorted(named))) or "none"
    if asked is not None:
        if asked not in named:
            found = f"is {kinds[asked]}" if asked in kinds else "does not exist"
            raise BadOption(
                f"data set {dataset!r}: the feature {asked!r} {found}; a label is one whole number or the name of a "
                f"class for each picture: {choices}",
                field="label",
            )
        return asked
    if LABEL in named:
        return LABEL
    if len(named) == 1:
        return next(iter(named))
    listed = ", ".join(f"{name} ({kind})" for name, kind in sorted(kinds.items()))
    if not named:
        raise UnknownName(
            f"data set {dataset!r} has no 'image' and 'label' features: it has {listed}. A label is one whole number "
            "for each picture"
        )
    raise BadOption(f"data set {dataset!r} has several labels: say which one with 'label': {choices}", field="label")
