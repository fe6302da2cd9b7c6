"""The command lines of ``docker-compose.yml``, on a real Redis with a password and a real S3 server."""

from __future__ import annotations

import hashlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from store.s3.client import create_client
from tests.services.compose_file import SECRETS
from tests.services.compose_stack import PYTHON_SERVICES, ComposeStack, compose_stack
from tests.services.stack import TERMINAL, Json
from tests.services.uploaded_pictures import EXPLAIN, TRAIN, upload_pictures


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    with compose_stack(tmp_path_factory.mktemp("compose")) as stack:
        yield stack


@pytest.fixture(scope="module")
def http(composed: ComposeStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{composed.api_port}", timeout=30) as client:
        eventually(lambda: client.get("/readyz").status_code == 200)
        client.headers["Authorization"] = f"Bearer {composed.first_key()}"
        yield client


def eventually(true: Callable[[], bool], *, limit_s: float = 200) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if true():
                return
        time.sleep(0.2)
    raise AssertionError(f"not within {limit_s} s")


def test_callers_must_say_who_they_are(http: httpx.Client) -> None:
    assert http.get("/v1/jobs").status_code == 200
    assert httpx.get(f"{http.base_url}/v1/jobs", timeout=30).status_code == 401
    assert httpx.get(f"{http.base_url}/readyz", timeout=30).status_code == 200


def submit(http: httpx.Client, **spec: object) -> str:
    answer = http.post("/v1/jobs", json=spec)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def end(http: httpx.Client, composed: ComposeStack, job_id: str, *, limit_s: float = 280) -> Json:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        job: Json = http.get(f"/v1/jobs/{job_id}").json()
        if job["state"] in TERMINAL:
            return job
        time.sleep(0.3)
    raise AssertionError(f"not within {limit_s} s: {job}\n{composed.logs()}")


def test_they_train_and_explain_on_s3(composed: ComposeStack, http: httpx.Client) -> None:
    bucket = create_client(composed.s3.options)
    upload_pictures(bucket)
    training = submit(http, **TRAIN)
    explanation = submit(http, **EXPLAIN, model=f"job:{training}")
    for job_id in (training, explanation):
        job = end(http, composed, job_id)
        assert job["state"] == "succeeded", f"{job}\n{composed.logs()}"
    for item in http.get(f"/v1/jobs/{explanation}/artifacts").json()["items"]:
        assert hashlib.sha256(http.get(item["links"]["self"]).content).hexdigest() == item["sha256"]
    stored = bucket.list_objects_v2(Bucket="florescope", Prefix=f"jobs/{explanation}/attempts/")["Contents"]
    assert len([found for found in stored if found["Key"].endswith(".jpg")]) == 8 * 2


@pytest.mark.parametrize("name", PYTHON_SERVICES)
def test_each_says_that_it_is_well(composed: ComposeStack, http: httpx.Client, name: str) -> None:
    assert http.get("/readyz").status_code == 200
    for _ in range(120):
        checked = composed.health(name)
        if checked.returncode == 0:
            return
        time.sleep(1)
    raise AssertionError(f"{name}: {checked.stdout}{checked.stderr}\n{composed.logs()}")


def test_flower_wants_the_password(composed: ComposeStack) -> None:
    address = f"http://127.0.0.1:{composed.flower_port}/tasks"
    eventually(lambda: httpx.get(address, timeout=30).status_code == 401)
    known = ("florescope", SECRETS["flower_password"])
    assert httpx.get(address, auth=known, timeout=30).status_code == 200


def test_no_password_is_in_a_log(composed: ComposeStack) -> None:
    written = "".join(path.read_text(errors="replace") for path in composed.folder.glob("*.log"))
    assert written
    secret = {name: value for name, value in SECRETS.items() if name != "s3_access_key"}
    assert [name for name, value in secret.items() if value in written] == []


def test_a_dead_worker_is_not_well(composed: ComposeStack) -> None:
    composed.processes["light"].kill()
    composed.processes["light"].wait()
    assert composed.health("light").returncode != 0


def test_asked_to_stop_all_leave_in_order(composed: ComposeStack) -> None:
    codes = composed.stop()
    assert codes.pop("light") == -signal.SIGKILL  # by the test before
    assert codes.pop("api") in {0, -signal.SIGTERM}  # its server stops, and then lets the signal act
    assert {name: code for name, code in codes.items() if code != 0} == {}, composed.logs()
