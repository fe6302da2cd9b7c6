"""Names what a map explains of a class: the scores of specifications, the classes in them, and all of it in words."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.errors import InvalidSpec

CENTRED, LOGIT, LOG_PROBABILITY, AGAINST = "centred", "logit", "log_probability", "against:"
AGAINST_TRUE, AGAINST_SECOND = f"{AGAINST}true", f"{AGAINST}second"
_FOILS = {AGAINST_TRUE: "the true class", AGAINST_SECOND: "the likeliest other class"}
_SHOWN = 8


def resolved_score(score: str, class_names: Sequence[str], *, model: str) -> str:
    """The score with the index of a class in place of its name, as ``ml.attribution.scores`` reads it.

    Args:
        score: of a specification.
        class_names: of the model.
        model: its id, for the message.

    Raises:
        InvalidSpec: the model has no such class; names ``score``.
    """
    named = score.removeprefix(AGAINST)
    if not score.startswith(AGAINST) or score in _FOILS:
        return score
    if is_index(named):
        if int(named) < len(class_names):
            return f"{AGAINST}{int(named)}"
        raise InvalidSpec(
            f"score {score!r}: model {model} has {len(class_names)} classes, 0 to {len(class_names) - 1}", field="score"
        )
    found = [label for label, name in enumerate(class_names) if name.casefold() == named.casefold()]
    if len(found) != 1:
        raise InvalidSpec(f"score {score!r}: {_unknown(named, found, class_names, model)}", field="score")
    return f"{AGAINST}{found[0]}"


def is_index(text: str) -> bool:
    """Whether a class is given by its index rather than by its name."""
    return text.isascii() and text.isdigit()


def question(score: str, *, target: str, foil: str = "") -> str:
    """What a map answers, in words.

    Args:
        score: of a specification or a record.
        target: the class that the map explains, for people.
        foil: the class that it is held against, for people; nothing: as the score names it.
    """
    if score == LOGIT:
        return f"what raises the logit of {target}"
    if score == LOG_PROBABILITY:
        return f"why {target} rather than the other classes, each as likely as it is"
    if score == CENTRED:
        return f"why {target} rather than the other classes"
    named = score.removeprefix(AGAINST)
    return f"why {target} rather than {foil or _FOILS.get(score) or (f'class {named}' if is_index(named) else named)}"


def _unknown(named: str, found: Sequence[int], class_names: Sequence[str], model: str) -> str:
    if found:
        return f"model {model} has several classes {named!r}: use the index of one, {', '.join(map(str, found))}"
    shown = ", ".join(map(repr, class_names[:_SHOWN])) + (", …" if len(class_names) > _SHOWN else "")
    return f"model {model} has no class {named!r}: use the index or the name of one, such as {shown}"
