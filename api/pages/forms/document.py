"""Turns what a form sends into a specification, and a specification into what a form shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from api.pages.forms.fields import FieldGroup, FormField, shown

Values = Mapping[str, Sequence[str]]
USED = "used"
"""What an optional group sends where it is to be used although all its inputs show their defaults."""
_NOTHING = object()
_LONGEST_NUMBER = 40


def document_of(form: FieldGroup, sent: Values) -> dict[str, Any]:
    """What was filled in, where it differs from the default; the validator says what is wrong with it."""
    found: dict[str, Any] = {}
    for part in form.parts:
        name = part.name.rpartition(".")[2]
        if isinstance(part, FieldGroup):
            inner = document_of(part, sent)
            if inner or USED in sent.get(part.name, ()) or not _may_lack(part):
                found[name] = inner
        elif (value := _value(part, sent)) is not _NOTHING:
            found[name] = value
    return found


def _may_lack(group: FieldGroup) -> bool:
    """Whether a specification may do without a group of which nothing differs from the default."""
    return group.optional or not any(each.required for each in group.fields)


def _value(field: FormField, sent: Values) -> Any:
    texts = [text.strip() for text in sent.get(field.name, ())]
    if not texts:
        return _NOTHING
    value = _read(field, [text for text in texts if text])
    same = value == field.default_value or (value is None and not field.nullable)
    return _NOTHING if same and not (field.required and value is not None) else value


def _read(field: FormField, texts: list[str]) -> JsonValue:
    if field.widget == "choices":
        return list(texts)
    if not texts:
        return None
    return _READERS[field.widget](field, texts[0])


def _text(field: FormField, text: str) -> JsonValue:
    return int(text) if text.isdecimal() and text.isascii() and _takes_numbers(field) else text


def _choice(field: FormField, text: str) -> JsonValue:
    return text == "true" if field.choices == ("true", "false") and text in field.choices else text


def _lines(_: FormField, text: str) -> JsonValue:
    """A line that is a number stands for so many."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _number(lines[0]) if len(lines) == 1 and lines[0].isdecimal() else list(lines)


def _words(_: FormField, text: str) -> JsonValue:
    return [_number(word.strip()) for word in text.split(",") if word.strip()]


def _takes_numbers(field: FormField) -> bool:
    """Whether a text may also be a number, such as the index of a class or a number of layers."""
    return field.name.rpartition(".")[2] in {"target", "layers"}


def _number(text: str) -> JsonValue:
    """A number, or the text as it is, which the validator then refuses by its field."""
    for kind in (int, float):
        try:
            return kind(text) if len(text) < _LONGEST_NUMBER else text
        except ValueError:
            continue
    return text


def _json(text: str) -> JsonValue:
    try:
        found: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found


_READERS: Mapping[str, Callable[[FormField, str], JsonValue]] = {
    "text": _text,
    "choice": _choice,
    "lines": _lines,
    "words": _words,
    "number": lambda _, text: _number(text),
    "json": lambda _, text: _json(text),
}


def texts_of(form: FieldGroup, document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The texts of all inputs, for a specification; those that it does not name show their defaults."""
    return dict(_texts(form, document))


def _texts(form: FieldGroup, document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part in form.parts:
        name = part.name.rpartition(".")[2]
        if isinstance(part, FieldGroup):
            inner = document.get(name)
            if part.optional and isinstance(inner, Mapping):
                yield part.name, (USED,)
            yield from _texts(part, inner if isinstance(inner, Mapping) else {})
        else:
            yield part.name, shown(document[name], part.widget) if name in document else part.default
