"""Has the children of an interactive worker load at their start what others load with their first step.

Whoever waits for a preview would wait for TensorFlow otherwise, which takes longer than the preview.
"""

from __future__ import annotations

import os

from celery import Celery

from dispatch.names import INTERACTIVE_QUEUE

_TOLD = "FLORESCOPE_CHILDREN_ARE_WARM"


def tell_children(app: Celery) -> None:
    """In a parent, before it starts children: those of a worker that is interactive alone are to be warm."""
    if set(app.amqp.queues.consume_from) == {INTERACTIVE_QUEUE}:
        os.environ[_TOLD] = "1"  # noqa: TID251  (told to children, and no setting)


def wanted() -> bool:
    """Whether this child is to load TensorFlow at its start."""
    return _TOLD in os.environ  # noqa: TID251
