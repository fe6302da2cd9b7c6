"""Forms are made from specifications: what is filled in comes back as the specification says it."""

from __future__ import annotations

from typing import Any

import pytest

from api.pages.copies import copies, plain_document
from api.pages.forms.document import USED, document_of, texts_of
from api.pages.forms.fields import FieldGroup, form_of
from jobs.specs.spec import SPECS, AnySpec, spec_adapter

EXAMPLES = {spec.kind_name(): dict(spec.example.document) for spec in SPECS}


def spec_of(document: dict[str, Any]) -> AnySpec:
    return spec_adapter.validate_python(document)


def names(form: FieldGroup) -> set[str]:
    return {field.name for field in form.fields}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_that_is_shown_in_a_form_and_sent_is_the_same_specification(kind: str) -> None:
    form = form_of(kind)
    asked = spec_of(EXAMPLES[kind])
    sent = document_of(form, texts_of(form, plain_document(asked)))
    assert spec_of({"kind": kind, **sent}) == asked


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_field_of_a_specification_is_in_its_form(kind: str) -> None:
    spec = next(each for each in SPECS if each.kind_name() == kind)
    shown = {name.partition(".")[0] for name in names(form_of(kind))}
    assert shown == set(spec.model_fields) - {"kind"}


def test_a_form_that_nobody_has_touched_says_nothing_beyond_what_is_required() -> None:
    form = form_of("train")
    assert document_of(form, {**texts_of(form, {}), "dataset": ["flowers"]}) == {"dataset": "flowers"}


def test_defaults_and_descriptions_are_those_of_the_specification() -> None:
    fields = {field.name: field for field in form_of("train").fields}
    assert fields["optimizer.learning_rate"].default == ("0.001",)
    assert fields["fine_tune.learning_rate"].default == ("1e-05",)
    assert "Decoupled (Loshchilov & Hutter 2019)" in fields["optimizer.weight_decay"].description
    assert fields["splits.test"].description == "Empty: nothing is tested."
    assert fields["epochs"].bounds == {"min": "1", "max": "1000", "step": "1"}
    assert fields["calibrate"].choices == ("true", "false")


def test_a_strength_that_is_0_beside_a_policy_is_empty_until_somebody_asks_for_it() -> None:
    form = form_of("train")
    field = next(each for each in form.fields if each.name == "augmentation.brightness")
    assert (field.default, field.if_empty) == ((), "0.1 without a policy, 0 with one")
    sent = {**texts_of(form, {}), "dataset": ["synthetic_flowers"], "pipeline": ["augmented"]}
    sent |= {"augmentation.policy": ["trivial"]}
    for text, strength in (("", 0.0), ("0.1", 0.1)):
        asked = spec_of({"kind": "train", **document_of(form, {**sent, "augmentation.brightness": [text]})})
        assert asked.augmentation.brightness == strength  # type: ignore[union-attr]
        again = texts_of(form, plain_document(asked))
        assert spec_of({"kind": "train", **document_of(form, again)}) == asked


def test_an_input_that_was_emptied_means_none_where_there_may_be_none() -> None:
    sent = document_of(form_of("train"), {"splits.test": [""], "epochs": [""], "name": [""]})
    assert sent == {"splits": {"test": None}}


def test_no_tick_at_all_is_an_empty_list() -> None:
    assert document_of(form_of("evaluate"), {"corruptions": [""]}) == {"corruptions": []}


def test_an_optional_group_is_left_out_unless_something_of_it_is_asked_for() -> None:
    form = form_of("explain")
    assert "noise" not in document_of(form, texts_of(form, {}))
    assert document_of(form, {"noise.samples": ["8"]}) == {"noise": {"samples": 8}}
    assert document_of(form_of("sweep"), {"halving": [USED], "base.dataset": ["x"]})["halving"] == {}


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("8", 8), ("many", "many"), ("9" * 5000, "9" * 5000)])
def test_a_number_that_is_none_is_left_to_the_validator(text: str, value: object) -> None:
    assert document_of(form_of("train"), {"dropout": [text]}) == {"dropout": value}


def test_json_that_is_none_is_left_to_the_validator() -> None:
    sent = document_of(form_of("sweep"), {"grid": ["{"], "random": ['{"epochs": [1, 2]}']})
    assert (sent["grid"], sent["random"]) == ("{", {"epochs": [1, 2]})


def test_every_copy_says_the_specification() -> None:
    found = dict(copies(EXAMPLES["train"], api="http://here:8000"))
    assert list(found) == ["CLI", "curl", "JSON", "Python"]
    for text in found.values():
        assert "synthetic_flowers" in text
    namespace: dict[str, Any] = {}
    source = found["Python"].replace("from florescope import Client", "").replace("    job.wait()\n", "")
    exec(source, {"Client": _Recorder(namespace)})  # noqa: S102  (our own text)
    assert namespace["spec"] == EXAMPLES["train"]


def test_the_command_of_a_comparison_tells_the_same_channels() -> None:
    found = dict(copies({**EXAMPLES["compare"], "notify": ["ci", "chat"]}, api="http://here:8000"))
    assert "--notify ci --notify chat" in found["CLI"]


def test_a_strength_beside_a_policy_is_copied_even_where_it_is_the_default() -> None:
    varied = {"pipeline": "augmented", "augmentation": {"policy": "trivial", "brightness": 0.1}}
    for document in ({**EXAMPLES["train"], **varied}, {**EXAMPLES["preview"], **varied}):
        spec = spec_of(document)
        assert spec_of(plain_document(spec)) == spec


class _Recorder:
    """Stands in for the client in the text that is copied."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self._kept = kept

    def __call__(self, url: str) -> _Recorder:
        self._kept["url"] = url
        return self

    def __enter__(self) -> _Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def submit(self, spec: dict[str, Any]) -> None:
        self._kept["spec"] = spec
