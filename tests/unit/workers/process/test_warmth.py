"""Only children of a worker that is interactive alone load TensorFlow at their start."""

from __future__ import annotations

import pytest

from dispatch.celery_app import make_celery
from workers.process import warmth


@pytest.mark.parametrize(
    ("queues", "warm"), [(["interactive"], True), (["train", "explain", "interactive"], False), (["light"], False)]
)
def test_children_of_an_interactive_worker_are_warm(
    monkeypatch: pytest.MonkeyPatch, queues: list[str], warm: bool
) -> None:
    monkeypatch.setenv("FLORESCOPE_CHILDREN_ARE_WARM", "set, so that it is put back")
    monkeypatch.delenv("FLORESCOPE_CHILDREN_ARE_WARM")
    app = make_celery("redis://127.0.0.1:1/0")
    app.amqp.queues.select(queues)
    warmth.tell_children(app)
    assert warmth.wanted() is warm
