"""The description in OpenAPI, its examples, and the page that shows it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from dispatch.connection import connect
from store.memory import MemoryStore
from tests.integration.api.conftest import Api

ROOT = Path(__file__).parents[3]
NOBODY = connect(redis_url="redis://127.0.0.1:1/0")
DESCRIPTION = create_app(store=MemoryStore("description"), board=NOBODY.board, queue=NOBODY.queue).openapi()
METHODS = {"get", "post", "put", "delete", "patch"}
OPERATIONS = [(method, path, each) for path, found in DESCRIPTION["paths"].items() for method, each in found.items()]
PLACES = (os.environ["PATH"], str(Path(sys.executable).parent), str(ROOT / "var" / "venvs" / "tools" / "bin"))
PROGRAM = "openapi-python-client"
GENERATOR = shutil.which(PROGRAM, path=os.pathsep.join(PLACES))


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda each: str(each)[:40])
def test_every_operation_has_an_example_that_names_all_it_must(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    source = operation["x-codeSamples"][0]["source"]
    words = shlex.split(source)
    assert words[0] == "curl"
    assert not re.search(r"[{}]", next(word for word in words if word.startswith("http")))
    needed = [each["name"] for each in operation.get("parameters", []) if each["required"] and each["in"] == "query"]
    assert all(f"{name}=" in source for name in needed)
    assert ("requestBody" in operation) == any(word.startswith("content-type: ") for word in words)
    assert method in METHODS
    assert path.startswith("/")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda each: str(each)[:40])
def test_an_example_is_taken_as_it_is(api: Api, method: str, path: str, operation: dict[str, Any]) -> None:
    words = shlex.split(operation["x-codeSamples"][0]["source"])
    address = next(word for word in words if word.startswith("http")).removeprefix("http://localhost:8000")
    body = words[words.index("-d") + 1].encode() if "-d" in words else b"PK\x03\x04 and so on"
    sent = {"content-type": "application/json"} if "-d" in words else {}
    answer = api.http.request(method, address, content=body if "requestBody" in operation else None, headers=sent)
    if path == "/v1/jobs:import":  # whose file is looked through at once
        assert "is no exported job" in answer.text
        return
    assert answer.status_code < 300 or answer.status_code == 404, (path, answer.text)


def test_devices_have_one_type_for_programs() -> None:
    for name in ("TrainSpec-Input", "TrainSpec-Output"):
        devices = DESCRIPTION["components"]["schemas"][name]["properties"]["devices"]
        assert (devices["type"], devices["enum"]) == ("string", ["one", "all"])


def test_a_generated_client_has_every_operation_and_its_types(tmp_path: Path) -> None:
    if GENERATOR is None and not os.environ.get("CI"):
        pytest.skip(f"{PROGRAM} is not installed: make var/venvs/tools/.installed does it")
    (tmp_path / "openapi.json").write_text(json.dumps(DESCRIPTION))
    command = [GENERATOR or PROGRAM, "generate", "--path", "openapi.json", "--meta", "none", "--output-path", "client"]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path}
    ran = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Unable to" not in ran.stdout
    assert "Could not find reference" not in ran.stdout
    modules = {each.stem for each in (tmp_path / "client" / "api").glob("*/*.py")} - {"__init__"}
    assert modules == {re.sub("_+", "_", each["operationId"]) for _, _, each in OPERATIONS}
    submit = (tmp_path / "client" / "api" / "jobs" / "submit_job_v1_jobs_post.py").read_text()
    assert '"url": "/v1/jobs"' in submit
    assert "TrainSpecInput" in submit
    assert "JobResource" in submit


def test_the_page_shows_every_operation_and_every_type(api: Api) -> None:
    page = api.http.get("/docs").text
    for _, _, operation in OPERATIONS:
        assert f'<section id="{operation["operationId"]}">' in page
    for name in DESCRIPTION["components"]["schemas"]:
        assert f"<h3><code>{name}</code></h3>" in page
    assert "Train a small network on the built-in flowers" in page
    assert "&#34;one&#34; | &#34;all&#34;" in page


def test_the_page_asks_for_nothing_but_what_this_server_has(api: Api) -> None:
    answer = api.http.get("/docs")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"', answer.text)
    assert loaded
    assert all(each.startswith("/static/") for each in loaded)
    assert all(api.http.get(each).status_code == 200 for each in loaded)
    assert "style=" not in answer.text
    assert "<script>" not in answer.text
