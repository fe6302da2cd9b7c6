"""A form as somebody has filled it in: its specification, or what is wrong, beside the field at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from api.backend import Backend
from api.http.problem import FieldProblem
from api.http.validation import field_problems, in_body
from api.pages.forms.document import Values, document_of, texts_of
from api.pages.forms.fields import FieldGroup, form_of
from api.pages.forms.wish_fields import wish_sent, wish_texts
from api.submission.spec_check import SpecCheck
from dispatch.submission import NO_WISH
from jobs.errors import InvalidSpec
from jobs.specs.spec import AnySpec, spec_adapter
from jobs.turns.turn import Wish


@dataclass(frozen=True)
class FilledForm:
    """What a page shows of a form.

    Attributes:
        texts: of each input, by its name.
        document: the specification as far as it goes.
        spec: the specification, where it is valid.
        wish: priority and deadline.
        errors: what is wrong, by the name of the field or the group; under an empty name, what is of no single one.
    """

    kind: str
    form: FieldGroup
    texts: Mapping[str, Sequence[str]]
    document: Mapping[str, Any]
    spec: AnySpec | None = None
    wish: Wish = NO_WISH
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def copied(self) -> dict[str, Any]:
        """The specification for other ways to submit it."""
        return {"kind": self.kind, **self.document}


def blank_form(kind: str, document: Mapping[str, Any], wish: Wish = NO_WISH) -> FilledForm:
    """A form that shows this much of a specification, defaults, priority and deadline."""
    form = form_of(kind)
    return FilledForm(kind, form, {**texts_of(form, document), **wish_texts(wish)}, document, wish=wish)


def filled_form(kind: str, sent: Values, backend: Backend) -> FilledForm:
    """A form that was sent, checked as the API checks what is submitted.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    form = form_of(kind)
    document = document_of(form, sent)
    spec, problems = checked({"kind": kind, **document}, backend)
    wish, wrong = wish_sent(sent)
    return FilledForm(kind, form, sent, document, None if wrong else spec, wish, {**placed(problems, form), **wrong})


def checked(document: Mapping[str, Any], backend: Backend) -> tuple[AnySpec | None, list[FieldProblem]]:
    """The specification, or what is wrong with it."""
    try:
        spec = spec_adapter.validate_python(document)
        SpecCheck(backend.store, backend.jobs, backend.reports, backend.datasets).check(spec)
    except ValidationError as error:
        return None, field_problems(in_body(error))
    except InvalidSpec as error:
        return None, [FieldProblem(field=error.field, message=str(error))]
    return spec, []


def placed(problems: Sequence[FieldProblem], form: FieldGroup) -> dict[str, str]:
    """Each message beside the field that it is about, or beside the group which that is a part of."""
    names, found = set(_names(form)), dict[str, str]()
    for each in problems:
        place = each.field
        while place and place not in names:
            place = place.rpartition(".")[0]
        message = each.message if place == each.field or not each.field else f"{each.field}: {each.message}"
        found[place] = f"{found[place]}; {message}" if place in found else message
    return found


def _names(form: FieldGroup) -> list[str]:
    inner = [name for part in form.parts if isinstance(part, FieldGroup) for name in _names(part)]
    return [part.name for part in form.parts] + inner
