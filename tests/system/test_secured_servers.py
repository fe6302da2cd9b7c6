"""Redis with TLS, a password and a failover, S3 with TLS and an authority of one's own: real servers, real jobs.

Each trouble names itself while a job runs, and once it is mended the job ends as if nothing had been.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from store.open_store import open_store
from tests.services.light_explanations import image_ids, light_spec, publish_light_model
from tests.services.light_stack import LightStack
from tests.services.redis_sentinels import redis_pair
from tests.services.secured_stack import PASSWORD, SecuredStack, secured_stack
from tests.services.stack import QUICK

pytestmark = pytest.mark.kill
SERVICES = ("api", "light", "light-2", "finalize", "beat", "worker", "worker-2")
IMAGES, LIMIT_S = 32, 60.0


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, what the API then says, and how it is mended."""

    begin: Callable[[SecuredStack], object]
    told: str
    mend: Callable[[SecuredStack], object]


def ask_for(password: str, here: SecuredStack) -> None:
    """Have Redis ask for another password, of new connections and of old ones."""
    known = PASSWORD if password != PASSWORD else "another"
    client = redis.Redis(port=here.redis.port, password=known)
    client.config_set("requirepass", password)
    client.client_kill_filter(_type="normal", skipme=True)


TROUBLES = {
    "a stranger's certificate of Redis": Trouble(
        lambda here: here.redis_tls.show(here.stranger.server_file),
        "FLORESCOPE_REDIS_CA_FILE",
        lambda here: here.redis_tls.show(here.own.server_file),
    ),
    "a stranger's certificate of S3": Trouble(
        lambda here: here.s3_tls.show(here.stranger.server_file),
        "FLORESCOPE_S3_CA_FILE",
        lambda here: here.s3_tls.show(here.own.server_file),
    ),
    "another password": Trouble(
        lambda here: ask_for("another", here), "FLORESCOPE_REDIS_PASSWORD", lambda here: ask_for(PASSWORD, here)
    ),
    "a dead Redis": Trouble(lambda here: here.redis.stop(), "does not answer", lambda here: here.redis.start()),
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredStack]:
    with secured_stack(tmp_path_factory.mktemp("secured"), SERVICES) as found:
        yield found


def until_told(word: str, ask: Callable[[], str]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while word not in (told := ask()):
        assert time.monotonic() < deadline, f"{word} is not in {told!r}"
        time.sleep(0.2)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_a_trouble_names_itself_and_a_job_goes_on_once_it_is_mended(here: SecuredStack, trouble: Trouble) -> None:
    stack = here.stack
    job_id = stack.submit(**light_spec(IMAGES, image_ms=200))
    stack.wait(job_id, until=lambda job: job["progress"]["done"] > 0)
    trouble.begin(here)
    try:
        until_told(trouble.told, lambda: stack.http.get(f"{stack.url}/readyz").text)
    finally:
        trouble.mend(here)
    stack.wait_until_ready()
    job = stack.end(job_id)
    assert (job["state"], job["progress"]["done"]) == ("succeeded", IMAGES)


def test_a_full_bucket_is_named_and_a_job_goes_on_once_it_has_room(here: SecuredStack) -> None:
    stack = here.stack
    job_id = stack.submit(**light_spec(IMAGES, image_ms=200))
    stack.wait(job_id, until=lambda job: job["progress"]["done"] > 0)
    here.s3.full = True
    try:
        until_told("is full", lambda: str(stack.job(job_id)["progress"]["message"]))
        refused = stack.http.post(f"{stack.url}/v1/jobs", json=light_spec(4))
        assert refused.status_code == 503
        assert "is full" in refused.json()["detail"]
    finally:
        here.s3.full = False
    assert stack.end(job_id)["state"] == "succeeded"


def test_jobs_go_on_where_sentinels_name_another_master(tmp_path: Path) -> None:
    with redis_pair(tmp_path) as pair:
        settings = {**QUICK, "FLORESCOPE_REDIS_URL": pair.url, "FLORESCOPE_REDIS_PASSWORD": PASSWORD}
        stack = LightStack(tmp_path, pair.first, settings)
        publish_light_model(open_store(stack.store.as_uri()))
        with stack.running(SERVICES):
            job_id = stack.submit(**light_spec(IMAGES, image_ms=300))
            stack.wait(job_id, until=lambda job: job["progress"]["done"] >= 4)
            pair.first.stop()
            pair.until_second_leads()
            stack.wait_until_ready()
            later = stack.submit(**light_spec(4))
            assert stack.end(job_id)["state"] == "succeeded"
            assert stack.end(later)["state"] == "succeeded"
        assert sorted(stack.images(job_id)) == sorted(image_ids(IMAGES))
