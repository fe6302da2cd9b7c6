from __future__ import annotations

import pytest

from jobs.errors import ObjectExists
from tests.services.breaking_proxy import breaking_proxy
from tests.services.moto_server import MotoServer, moto_server
from tests.unit.store.s3.conftest import BUCKET, open_bucket, through_port

WHOLE = 1 << 40


def test_the_start_up_check_finds_that_conditional_puts_are_honoured(server: MotoServer) -> None:
    store = open_bucket(server.options)
    store.self_test()
    assert store.conditional_put


def test_where_conditions_are_ignored_the_store_looks_first() -> None:
    with moto_server("--ignore-conditions") as server:
        server.create_bucket(BUCKET)
        store = open_bucket(server.options)
        store.self_test()
        assert not store.conditional_put
        store.put("a", b"first", if_absent=True)
        with pytest.raises(ObjectExists):
            store.put("a", b"second", if_absent=True)
        assert store.get("a") == b"first"
        assert [info.key for info in store.list("")] == ["a"]


def test_a_conflict_between_writers_is_tried_again() -> None:
    with moto_server("--conflicts", "3") as server:
        server.create_bucket(BUCKET)
        store = open_bucket(server.options)
        assert store.conditional_put  # takes the first conflict
        assert store.put("a", b"petal", if_absent=True).size == 5
        assert store.get("a") == b"petal"


def test_a_write_whose_answer_got_lost_is_still_ours(server: MotoServer) -> None:
    with breaking_proxy(server.port, answers_bytes=[WHOLE, WHOLE, WHOLE, 0]) as port:
        store = open_bucket(through_port(server, port))
        assert store.conditional_put  # three requests
        assert store.put("a", b"ours", if_absent=True).size == 4
        assert store.get("a") == b"ours"
        with pytest.raises(ObjectExists):
            store.put("a", b"ours", if_absent=True)
