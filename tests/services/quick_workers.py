"""The workers' Celery application, for ``celery -A``, where a test is not to wait as long as a user may have to.

Two variables say how long; workers that are not told keep their own periods:

- ``LOST_AFTER_S``: a step that is nowhere to be seen is enqueued again after so many seconds.
- ``SILENT_AFTER_S``: so often it is looked whether Redis still answers those who wait for messages.
"""

from __future__ import annotations

import os

from workers.app import app
from workers.lifecycle import reconcile

__all__ = ["app"]

if lost_after_s := os.environ.get("LOST_AFTER_S"):
    reconcile.GRACE_S = float(lost_after_s)
if silent_after_s := os.environ.get("SILENT_AFTER_S"):
    app.conf.broker_transport_options["health_check_interval"] = float(silent_after_s)
# The children are interpreters of their own: they import what is named here.
app.conf.update(include=[__name__, *app.conf.include])
