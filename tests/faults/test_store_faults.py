"""A store that errs, is slow, loses answers, breaks them off and flips bits, under a whole stack at work."""

from __future__ import annotations

import time

import pytest

from tests.faults.onlooker import Onlooker, assert_kept
from tests.services.faulty_s3 import FAULTS, SOUND
from tests.services.light_stack import FaultyStack

pytestmark = pytest.mark.kill
RATES = {"errs": 0.3, "delays": 0.05, "loses": 0.15, "breaks_off": 0.15, "flips_answer": 0.15, "flips_request": 0.15}
FAULT_S, LIMIT_S = 1.0, 120.0


def test_jobs_succeed_on_a_store_that_often_fails_in_every_way(faulty: FaultyStack, onlooker: Onlooker) -> None:
    for fault in FAULTS:
        happened = faulty.s3.happened[fault]
        faulty.s3.rates = {fault: RATES[fault]}
        onlooker.submit(8, image_ms=100)
        if fault == "errs":
            onlooker.cancel(onlooker.submit(40, image_ms=400))
        time.sleep(FAULT_S)
        deadline = time.monotonic() + LIMIT_S
        while faulty.s3.happened[fault] == happened:
            assert time.monotonic() < deadline, f"nothing of this kind happened: {fault}"
            time.sleep(0.1)
    faulty.s3.rates = SOUND
    assert_kept(onlooker)
