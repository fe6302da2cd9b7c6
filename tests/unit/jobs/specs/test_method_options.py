"""Methods and their options are checked against what is installed; what is stored is read without that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from jobs.errors import InvalidSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.spec import spec_adapter
from tests.services.method_packages import EXAMPLE, installed, write_package

ENTRY = {"occlusion": "florescope_occlusion.description:OCCLUSION"}


@pytest.fixture(autouse=True)
def occlusion(tmp_path: Path) -> Iterator[None]:
    write_package(tmp_path, ENTRY, {}, name="florescope_occlusion")
    (tmp_path / "florescope_occlusion").symlink_to(EXAMPLE / "florescope_occlusion")
    with installed(tmp_path):
        yield


def asked(*methods: str, **options: Any) -> ExplainSpec:
    document = {"kind": "explain", "model": "m", "dataset": "d", "methods": methods, "method_options": options}
    return ExplainSpec.model_validate(document)


@pytest.mark.parametrize("options", [{}, {"window": 8, "stride": 4}, {"fill": "mean"}])
def test_options_that_fit_pass(options: dict[str, Any]) -> None:
    asked("gradcam", "occlusion", occlusion=options).check_methods()


REFUSED: list[tuple[tuple[str, ...], dict[str, Any], str, str]] = [
    (("gradcam", "lime"), {}, "methods.1", "method 'lime' is not installed here: install the package"),
    (("lime",), {}, "methods.0", "installed are gradcam, gradcam++, layercam, integrated_gradients, occlusion"),
    (("ocllusion",), {}, "methods.0", "did you mean 'occlusion'?"),
    (("gradcam",), {"occlusion": {}}, "method_options.occlusion", "the job asks for gradcam"),
    (("gradcam",), {"gradcam": {"layer": 1}}, "method_options.gradcam", "takes no options: remove layer"),
    (("occlusion",), {"occlusion": {"size": 3}}, "method_options.occlusion.size", "it has fill, stride, window"),
    (("occlusion",), {"occlusion": {"window": 0}}, "method_options.occlusion.window", "greater than or equal to 1"),
    (("occlusion",), {"occlusion": {"window": "a"}}, "method_options.occlusion.window", "valid integer"),
    (("occlusion",), {"occlusion": {"fill": "blue"}}, "method_options.occlusion.fill", "'grey' or 'mean'"),
    (("occlusion",), {"occlusion": {"window": 4}}, "method_options.occlusion", "leaves gaps between windows of 4"),
]


@pytest.mark.parametrize(("methods", "options", "field", "words"), REFUSED)
def test_what_cannot_be_had_is_refused_by_name(
    methods: tuple[str, ...], options: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidSpec) as refused:
        asked(*methods, **options).check_methods()
    assert refused.value.field == field
    assert words in str(refused.value)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"deep": [-float("inf")]}])
def test_options_hold_what_json_can_hold(value: object) -> None:
    with pytest.raises(ValidationError, match="expected finite numbers"):
        asked("occlusion", occlusion={"window": value})


def test_a_stored_job_is_read_where_its_method_is_not_installed() -> None:
    stored = asked("lime", lime={"samples": 3}).model_dump_json()
    read = spec_adapter.validate_json(stored)
    assert isinstance(read, ExplainSpec)
    assert read.method_options == {"lime": {"samples": 3}}


@pytest.mark.parametrize("name", ["", "Lime", "../lime", "li me", "lime\n", "l" * 65])
def test_what_is_no_name_of_a_method_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValidationError):
        asked(name)


def test_the_schema_of_what_is_submitted_lists_the_installed_methods_and_that_of_answers_does_not() -> None:
    submitted, answered = (ExplainSpec.model_json_schema(mode=mode) for mode in ("validation", "serialization"))
    assert submitted["properties"]["methods"]["items"]["enum"][-1] == "occlusion"
    assert "enum" not in answered["properties"]["methods"]["items"]
