"""Both images are built, and every service of ``docker-compose.yml`` works from its image as its file has it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

import httpx
import pytest

from store.s3.client import create_client
from tests.services.compose_file import SECRETS
from tests.services.containers.container_stack import IMAGES, STARTED, ContainerStack
from tests.services.containers.image_store import ImageStore
from tests.services.stack import TERMINAL, Json
from tests.services.uploaded_pictures import EXPLAIN, TRAIN, upload_pictures

pytestmark = pytest.mark.timeout(5400)  # all layers are built in the first test


@pytest.fixture(scope="module")
def http(stack: ContainerStack) -> Iterator[httpx.Client]:
    stack.wait_until_well("api")
    key = stack.containers["api"].run(["python", "-m", "api.first_key", "anna"]).stdout.strip()
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url="http://127.0.0.1:8000", timeout=30, headers=headers) as client:
        yield client


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_a_user_of_its_own_and_says_what_it_starts(built: ImageStore, image: str) -> None:
    config = built.inspect(image)["config"]
    assert config["User"] == "florescope"
    assert config["WorkingDir"] == "/app"
    assert config["Cmd"]


@pytest.mark.parametrize("name", STARTED)
def test_every_service_is_well_by_its_own_check(stack: ContainerStack, name: str) -> None:
    stack.wait_until_well(name)


@pytest.mark.parametrize("name", STARTED)
def test_it_may_write_to_its_volumes_and_temporary_files_alone(stack: ContainerStack, name: str) -> None:
    container = stack.containers[name]
    refused = container.run(["sh", "-c", "echo > /here || echo > /app/here || echo > /etc/here"])
    assert refused.returncode != 0
    assert "Read-only file system" in refused.stderr
    assert container.run(["sh", "-c", "echo > /tmp/here"]).returncode == 0
    status = container.run(["grep", "-E", "^(Uid|CapEff|CapBnd|NoNewPrivs)", "/proc/1/status"]).stdout
    found = {key: words.split()[0] for key, words in (line.split(":") for line in status.splitlines())}
    assert int(found.pop("Uid")) > 0
    assert found == {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}


def test_only_the_workers_image_holds_tensorflow(stack: ContainerStack) -> None:
    look = ["python", "-c", "import importlib.util as u; print(u.find_spec('tensorflow') is not None)"]
    found = {name: stack.containers[name].run(look).stdout.strip() for name in ("api", "flower", "light")}
    assert found == {"api": "False", "flower": "False", "light": "True"}


def test_they_train_and_explain_on_s3(stack: ContainerStack, http: httpx.Client) -> None:
    upload_pictures(create_client(stack.s3.options))
    training = submit(http, **TRAIN)
    explanation = submit(http, **EXPLAIN, model=f"job:{training}")
    for job_id in (training, explanation):
        job = end(http, job_id)
        assert job["state"] == "succeeded", f"{job}\n{stack.logs()}"
    items = http.get(f"/v1/jobs/{explanation}/artifacts").json()["items"]
    assert items
    for item in items:
        assert hashlib.sha256(http.get(item["links"]["self"]).content).hexdigest() == item["sha256"]


def test_no_password_is_in_a_log(stack: ContainerStack) -> None:
    written = "".join(container.log for container in stack.containers.values())
    assert written
    secret = {name: value for name, value in SECRETS.items() if name != "s3_access_key"}
    assert [name for name, value in secret.items() if value in written] == []


def test_asked_to_stop_all_leave_in_order(stack: ContainerStack) -> None:
    codes = stack.stop()
    assert codes.pop("api") in {0, 128 + 15}  # its server stops, and then lets the signal act
    assert {name: code for name, code in codes.items() if code != 0} == {}, stack.logs()


def submit(http: httpx.Client, **spec: object) -> str:
    answer = http.post("/v1/jobs", json=spec)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def end(http: httpx.Client, job_id: str, *, limit_s: float = 600) -> Json:
    deadline = time.monotonic() + limit_s
    while (job := http.get(f"/v1/jobs/{job_id}").json())["state"] not in TERMINAL:
        assert time.monotonic() < deadline, job
        time.sleep(0.5)
    return dict(job)
