"""Those who submit jobs for as long as a soak lasts: small ones and larger ones, a few of which they cancel."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.faults.onlooker import Onlooker

EVERY_S = (2.0, 7.0)
IMAGES = (4, 40)
IMAGE_MS = (50, 400)
CANCELLED = 0.1
AT_ONCE = 12
"""No job is submitted while so many are not over: a slow machine gets fewer jobs."""


class Customers:
    """A context manager: jobs come at a small rate until its end.

    Attributes:
        cancelled: the jobs that were asked to stop.
    """

    def __init__(self, onlooker: Onlooker, *, seed: int) -> None:
        self._onlooker = onlooker
        self._random = random.Random(seed + 1)  # noqa: S311
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="customers", daemon=True)
        self.cancelled: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if kind is None:
            self._thread.join()

    def _run(self) -> None:
        drawn = self._random
        while not self._over.wait(drawn.uniform(*EVERY_S)):
            if len(self._onlooker.unfinished()) >= AT_ONCE:
                continue
            images, image_ms = drawn.randint(*IMAGES), drawn.randint(*IMAGE_MS)
            stops_after_s = drawn.uniform(0, 10) if drawn.random() < CANCELLED else None
            with suppress(TimeoutError):
                job_id = self._onlooker.submit(images, image_ms=image_ms)
                if stops_after_s is not None:
                    self._over.wait(stops_after_s)
                    self.cancelled.append(job_id)
                    self._onlooker.cancel(job_id)
