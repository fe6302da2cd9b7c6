"""What packages offer as methods of explanation: taken where it is one, named where it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.specs.explanation_methods import METHODS
from jobs.specs.installed_methods import InstalledMethods, UnusableMethod, describe_method, installed_methods
from tests.services.method_packages import DESCRIPTION, installed, write_method, write_package

METHOD = "from jobs.specs.explanation_methods import ExplanationMethod\nMETHOD = ExplanationMethod"
GOOD = f'{METHOD}("Sour", "Sour", "diverging", of_layer=False, function="sour.work:run")'


def found(folder: Path) -> InstalledMethods:
    with installed(folder):
        return installed_methods()


def unusable(folder: Path, description: str, *, entry: str = "sour") -> UnusableMethod:
    """What is said of a package whose description is this text."""
    write_package(folder, {entry: "sour.description:METHOD"}, {"__init__": "", "description": description})
    said = found(folder)
    assert dict(said.usable) == dict(METHODS)
    assert said.packages == {}
    return said.unusable[0]


def test_without_packages_the_built_in_methods_are_known_alone() -> None:
    assert dict(installed_methods().usable) == dict(METHODS)


def test_a_package_adds_a_method_with_its_description_and_version(tmp_path: Path) -> None:
    write_method(tmp_path, "")
    said = found(tmp_path)
    assert list(said.usable) == [*METHODS, "sour"]
    assert said.usable["sour"].title == "Sour"
    assert said.packages == {"sour": "sour 1.0"}
    assert said.unusable == ()


def test_the_function_is_not_loaded_with_the_description(tmp_path: Path) -> None:
    write_method(tmp_path, "raise AssertionError('loaded')")
    assert found(tmp_path).unusable == ()


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        (
            "import nowhere",
            "sour.description:METHOD cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
        ),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("import sys; sys.exit('no licence')", "cannot be imported: SystemExit: no licence"),
        ("OTHER = 1", "cannot be imported: AttributeError"),
        ("METHOD = 'Sour'", "is of type str, expected ExplanationMethod"),
        (GOOD.replace('"diverging"', '"green"'), "colours is 'green', expected one of sequential, diverging"),
        (GOOD.replace('("Sour"', '(" "'), "title is ' ', expected a text"),
        (GOOD.replace("function", "docs=None, function"), "docs is None, expected a text"),
        (GOOD.replace("sour.work:run", "sour.work"), "function is 'sour.work', expected 'module:function'"),
        (GOOD.replace("function", "options=dict, function"), "expected a class derived from pydantic.BaseModel"),
    ],
)
def test_what_is_wrong_with_a_description_is_told_of_it_alone(tmp_path: Path, description: str, reason: str) -> None:
    said = unusable(tmp_path, description)
    assert (said.name, said.package) == ("sour", "sour 1.0")
    assert reason in said.reason


def test_options_without_a_schema_are_named(tmp_path: Path) -> None:
    description = DESCRIPTION.format(of_layer=False).replace("window: int = 3", "window: Callable[[], int]")
    said = unusable(tmp_path, f"from collections.abc import Callable\n{description}")
    assert "options have no JSON schema" in said.reason


def test_a_description_that_loads_tensorflow_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "tensorflow", raising=False)
    said = unusable(tmp_path, f"import sys, types\nsys.modules['tensorflow'] = types.ModuleType('tensorflow')\n{GOOD}")
    assert "loads tensorflow: leave that to the module of the function" in said.reason


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("gradcam", "a built-in method has this name"),
        ("gradcam++", "a built-in method has this name"),
        ("gallery", "explanations keep another file of this name"),
        ("features", "explanations keep another file of this name"),
        ("Sour", "letters a to z"),
        ("so/ur", "letters a to z"),
        ("so ur", "letters a to z"),
        ("s" * 65, "letters a to z"),
    ],
)
def test_a_name_that_is_taken_or_unfit_is_refused(tmp_path: Path, entry: str, reason: str) -> None:
    assert reason in unusable(tmp_path, GOOD, entry=entry).reason


def test_of_two_packages_with_one_name_the_second_is_refused(tmp_path: Path) -> None:
    modules = {"__init__": "", "description": GOOD}
    write_package(tmp_path, {"sour": "sour.description:METHOD"}, modules)
    write_package(tmp_path, {"sour": "sour.description:METHOD"}, modules, name="sweet")
    said = found(tmp_path)
    assert said.packages == {"sour": "sour 1.0"}
    assert said.unusable == (
        UnusableMethod("sour", "sweet 1.0", "sour 1.0 adds a method of this name too: uninstall one of the two"),
    )


def test_metadata_without_a_name_keep_nothing_from_starting(tmp_path: Path) -> None:
    write_method(tmp_path, "")
    (tmp_path / "sour-1.0.dist-info" / "METADATA").unlink()
    assert "sour" in found(tmp_path).usable


def test_a_method_that_is_gone_is_described_by_its_name() -> None:
    gone = describe_method("smooth_taylor")
    assert (gone.title, gone.colours, gone.of_layer) == ("smooth taylor", "diverging", False)
    assert describe_method("gradcam++").title == "GradCAM++"
