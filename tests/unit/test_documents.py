"""What the documents name is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from api.pages.sections import SECTIONS
from jobs.specs.import_spec import Preprocessing
from jobs.specs.spec import KINDS
from jobs.specs.spec_values import BACKBONES
from settings import Settings
from workers.kinds.table import KINDS as WORKED_ON

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
CODE = {"api", "cli", "dispatch", "drawing", "florescope", "jobs", "ml", "store", "workers"}
FOLDERS = CODE | {"bench", "deploy", "docs", "requirements", "tests"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text()
    quoted = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text)
    named = {ROOT / path for path in quoted if path.split("/")[0] in FOLDERS}
    named |= {(ROOT / name).parent / path for path in re.findall(r"\]\(([^):#]+)\)", text)}
    assert [str(path) for path in named if not path.exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_holds_what_a_merge_left_undecided(name: str) -> None:
    assert re.findall(r"^(?:<{7} |={7}$|>{7} ).*", (ROOT / name).read_text(), re.MULTILINE) == []


def test_the_readme_tells_every_setting_and_its_default() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    for name, field in Settings.model_fields.items():
        variable = field.alias or f"FLORESCOPE_{name.upper()}"
        row = next((row for row in rows if variable in row or f"`_{name.upper()}`" in row), None)
        assert row is not None, f"{variable} is not in the table of settings"
        if isinstance(field.default, (int, float, str)):
            assert str(field.default) in row, f"{variable} is {field.default} by default: {row}"


def test_every_preprocessing_that_an_import_can_name_is_described() -> None:
    text = (ROOT / "docs" / "models-and-images.md").read_text()
    assert [name for name in get_args(Preprocessing) if f"`{name}`" not in text] == []
    assert set(BACKBONES) < set(get_args(Preprocessing))


def test_every_kind_of_job_has_its_part_of_the_page() -> None:
    found = {path.stem for path in (ROOT / "api" / "templates" / "kinds").glob("*.html")}
    assert found == set(SECTIONS) == set(KINDS)


def test_every_kind_of_job_is_one_that_workers_can_do() -> None:
    assert set(WORKED_ON) == set(KINDS)
