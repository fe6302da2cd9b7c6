from __future__ import annotations

from typing import Any

import pytest

from florescope.client import Client
from florescope.errors import ApiUnreachable, InvalidAddress, Refused

REFUSAL = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "the specification cannot be used",
    "errors": [{"field": "ig.tolerance", "message": "must be less than 1"}],
}


def test_a_refusal_tells_the_detail_and_the_fields(api: Any, client: Client) -> None:
    api.problem = (422, REFUSAL)
    with pytest.raises(Refused) as refused:
        client.submit({"kind": "explain"})
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("the specification cannot be used")
    assert lines[1:] == ["  ig.tolerance: must be less than 1"]


def test_an_api_that_cannot_at_the_moment_counts_as_unreachable(api: Any, client: Client) -> None:
    api.problem = (503, {"detail": "the broker is away"})
    with pytest.raises(ApiUnreachable, match="the broker is away"):
        client.job("j1")


def test_an_answer_that_is_no_job_is_not_believed(api: Any, client: Client) -> None:
    api.views = [{"hello": "world"}]
    with pytest.raises(ApiUnreachable, match="not a Florescope API"):
        client.job("j1")


def test_jobs_come_from_as_many_pages_as_needed(api: Any, client: Client) -> None:
    api.views = [dict(api.views[0], id=f"j{number}") for number in range(5)]
    assert [job.id for job in client.jobs(limit=4)] == ["j0", "j1", "j2", "j3"]


def test_every_submission_has_a_key_of_its_own(api: Any, client: Client) -> None:
    client.submit({"kind": "train"})
    client.submit({"kind": "train"})
    assert len(set(api.keys)) == 2


def test_unknown_fields_of_a_newer_api_do_no_harm(api: Any, client: Client) -> None:
    api.views = [dict(api.views[0], mood="sunny")]
    assert client.job("j1").last.document["mood"] == "sunny"


def test_a_password_in_the_address_is_sent_and_never_shown(api: Any) -> None:
    with Client(api.url.replace("http://", "http://me:secret@")) as client:
        client.submit({"kind": "train"})
        assert api.logins == ["Basic bWU6c2VjcmV0"]
        assert client.url == api.url
        assert "secret" not in repr(client)
        api.problem = (503, {"detail": "the broker is away"})
        with pytest.raises(ApiUnreachable) as error:
            client.job("j1")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["ftp://me:secret@here", "me:secret@here", "http://me:secret@[::1"])
def test_a_password_in_what_is_no_address_is_not_shown(url: str) -> None:
    with pytest.raises(InvalidAddress) as error:
        Client(url)
    assert "secret" not in str(error.value)
