"""Makes the fields of a form from the JSON schema of a specification."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from jobs.specs.pipeline_spec import ZERO_BESIDE_A_POLICY
from jobs.specs.spec import SPECS, AnySpec
from jobs.value import Value

Widget = Literal["text", "number", "choice", "choices", "words", "lines", "json"]
Schema = Mapping[str, Any]
FIRST = frozenset(
    {
        *("name", "model", "dataset", "split", "splits", "methods", "target", "backbone", "weights", "image_size"),
        *("epochs", "first", "second", "corruptions", "looks_for", "explanation", "base", "grid", "pipeline"),
        *("upload", "preprocessing", "classes", "images", "formats"),
    }
)
"""Fields that a form shows at once; the others wait below, with their defaults."""
SUGGESTED = {"dataset": "datasets", "model": "models", "baseline_model": "models", "first": "results",
             "second": "results", "explanation": "explanations"}  # fmt: skip


@dataclass(frozen=True)
class _Named:
    """A part of a form; ``name`` is its dotted path in the specification."""

    name: str

    @property
    def label(self) -> str:
        """The last part of the name, in words."""
        return self.name.rpartition(".")[2].replace("_", " ")

    @property
    def key(self) -> str:
        """The name as a part of the id of its element."""
        return self.name.replace(".", "-")


@dataclass(frozen=True)
class FormField(_Named):
    """One input.

    Attributes:
        default: as the input shows it; empty where there is none.
        nullable: whether an empty input means that there is no such value.
        default_value: as the specification has it; None where there is none.
        if_empty: what an empty input means, where that depends on another field.
        suggestions: the list that the input offers, if any.
    """

    widget: Widget
    required: bool = False
    nullable: bool = False
    default: tuple[str, ...] = ()
    if_empty: str = ""
    default_value: Any = None
    description: str = ""
    choices: tuple[str, ...] = ()
    bounds: Mapping[str, str] = field(default_factory=dict)
    suggestions: str = ""


@dataclass(frozen=True)
class FieldGroup(_Named):
    """Inputs that belong together.

    Attributes:
        optional: whether the specification may do without the group, which then is left empty.
    """

    description: str = ""
    parts: tuple[FormField | FieldGroup, ...] = ()
    optional: bool = False

    @property
    def leads(self) -> bool:
        """Whether the group is shown at once."""
        return _leads(self)

    @property
    def first(self) -> tuple[FormField | FieldGroup, ...]:
        """Parts that are shown at once."""
        return tuple(part for part in self.parts if _leads(part))

    @property
    def rest(self) -> tuple[FormField | FieldGroup, ...]:
        """Parts that are folded."""
        return tuple(part for part in self.parts if not _leads(part))

    @property
    def fields(self) -> Iterator[FormField]:
        """All inputs, those of inner groups included."""
        for part in self.parts:
            if isinstance(part, FieldGroup):
                yield from part.fields
            else:
                yield part


def _leads(part: FormField | FieldGroup) -> bool:
    required = isinstance(part, FormField) and part.required
    return required or part.name.rpartition(".")[2] in FIRST


@cache
def form_of(kind: str) -> FieldGroup:
    """The form of this kind of job, whose name is empty.

    Raises:
        KeyError: there is no such kind.
    """
    spec = {each.kind_name(): each for each in SPECS}[kind]
    return group_of(spec)


def group_of(spec: type[AnySpec] | type[Value]) -> FieldGroup:
    """The form of a specification, or of a part of one."""
    schema = spec.model_json_schema()
    return _group(schema, "", schema.get("$defs", {}), defaults={})


def _group(
    schema: Schema, name: str, types: Schema, *, defaults: Mapping[str, Any], optional: bool = False
) -> FieldGroup:
    text, about = _documented(schema.get("description", ""))
    parts = []
    for each, inner in schema["properties"].items():
        known = {**inner, "default": defaults[each]} if each in defaults else inner
        required = each in schema.get("required", ()) and not optional
        path = f"{name}.{each}" if name else each
        part = _part(known, path, types, required=required, about=inner.get("description") or about.get(each, ""))
        if part is not None:
            parts.append(part)
    return FieldGroup(name, text, tuple(parts), optional)


def _part(schema: Schema, name: str, types: Schema, *, required: bool, about: str) -> FormField | FieldGroup | None:
    if "const" in schema:
        return None
    default = schema.get("default")
    nullable, options = _options(schema, types)
    inner = next((each for each in options if "properties" in each), None)
    if inner is not None:
        given = default if isinstance(default, Mapping) else {}
        return _group(inner, name, types, defaults=given, optional=nullable)
    widget, choices = _widget(options)
    if_empty = ""
    if _depends_on_a_policy(name):
        default, if_empty = None, f"{default:g} without a policy, 0 with one"
    return FormField(
        name,
        widget,
        required=required,
        nullable=nullable,
        default=shown(default, widget),
        default_value=default,
        description=_sentence(about),
        choices=choices,
        bounds=_bounds(options) if widget == "number" else {},
        suggestions=SUGGESTED.get(name.rpartition(".")[2], ""),
        if_empty=if_empty,
    )


def _depends_on_a_policy(name: str) -> bool:
    *_, group, field = ("", *name.split("."))
    return group == "augmentation" and field in ZERO_BESIDE_A_POLICY


def _options(schema: Schema, types: Schema) -> tuple[bool, list[Schema]]:
    """Whether null is one of the types that a field may have, and the others."""
    found = [_resolved(each, types) for each in schema.get("anyOf", [schema])]
    return any(each.get("type") == "null" for each in found), [each for each in found if each.get("type") != "null"]


def _resolved(schema: Schema, types: Schema) -> Schema:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return {**types[name], **{key: value for key, value in schema.items() if key != "$ref"}} if name else schema


def _widget(options: list[Schema]) -> tuple[Widget, tuple[str, ...]]:
    first = options[0]
    kinds = {each.get("type") for each in options}
    if "array" in kinds:
        items = next(each for each in options if each.get("type") == "array").get("items", {})
        if "enum" in items:
            return "choices", tuple(map(str, items["enum"]))
        return ("lines" if items.get("type") == "string" else "words"), ()
    if kinds == {"object"}:
        return "json", ()
    if len(options) == 1 and "enum" in first:
        return "choice", tuple(map(str, first["enum"]))
    if kinds == {"boolean"}:
        return "choice", ("true", "false")
    return ("number" if kinds <= {"integer", "number"} else "text"), ()


def _bounds(options: list[Schema]) -> dict[str, str]:
    schema = options[0]
    names = {"minimum": "min", "maximum": "max", "exclusiveMinimum": "min", "exclusiveMaximum": "max"}
    found = {name: f"{schema[key]:g}" if isinstance(schema[key], float) else str(schema[key])
             for key, name in names.items() if key in schema}  # fmt: skip
    return {**found, "step": "1" if schema.get("type") == "integer" else "any"}


def shown(value: object, widget: Widget) -> tuple[str, ...]:
    """A value of a specification as the texts of its input."""
    if value is None:
        return ()
    if widget == "json":
        return (json.dumps(value, indent=2, ensure_ascii=False),) if value else ()
    if isinstance(value, list | tuple):
        texts = tuple(map(str, value))
        return texts if widget == "choices" else (("\n" if widget == "lines" else ", ").join(texts),)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (repr(value).removesuffix(".0") if isinstance(value, float) else str(value),)


def _documented(docstring: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of all, and of each attribute."""
    text, _, attributes = docstring.partition("Attributes:")
    found = re.findall(r"^ {4}(\w+): (.*?)(?=^ {4}\w+: |\Z)", attributes, flags=re.MULTILINE | re.DOTALL)
    return _plain(text), {name: " ".join(words.split()) for name, words in found}


def _sentence(text: str) -> str:
    """What is said of a field: with a capital, and of an empty input, which is null in the specification."""
    words = re.sub(r"\bnull\b", "empty", _plain(text))
    return words[:1].upper() + words[1:]


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
