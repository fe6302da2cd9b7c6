"""Flower's configuration: one row per job, with real Progress and Stage columns.

Flower runs this file as plain Python. ``workers/step/job_events.py`` sends what is shown here. A job's progress
keeps the state STARTED: Celery lets states that it does not know outrank REVOKED, so a cancelled job would
stay "in progress" for ever, and Flower would hide its Terminate button.
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any

from celery.events import state
from flower.views import tasks

from settings import settings_of
from workers.flower_page import show_links
from workers.process import password

# Names that Celery does not publish: a test holds them against the installed version.
events: Any = state
_FIELDS = {"job": "Job", "progress": "Progress", "stage": "Stage", "eta_s": "ETA (s)"}

events.TASK_EVENT_TO_STATE["progress"] = "STARTED"
for _field in _FIELDS:
    setattr(events.Task, _field, None)
events.Task._fields = tuple(dict.fromkeys((*events.Task._fields, *_FIELDS)))
tasks.TASK_COLUMNS.update(_FIELDS)
show_links()

_settings = settings_of("flower")
password.insist(_settings.redis_address(), "flower")
try:
    _login = _settings.flower_login()
except ValueError as error:
    sys.exit(f"florescope flower cannot start: {error}")

address = _settings.host
port = _settings.flower_port
# What fits on a screen of 1280 pixels; the page of a task has the rest. Rows are in the order of "received".
tasks_columns = "name,job,uuid,state,progress,stage,eta_s,runtime,received"
max_tasks = 20_000
# Flower shows jobs alone: without this, it would ask workers for the events of steps and of reconciliation, too.
enable_events = False
task_runtime_metric_buckets = [1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0]
if _login is not None:
    basic_auth = [":".join(_login)]
    cookie_secret = hashlib.sha256(f"florescope cookie {_login[1]}".encode()).hexdigest()
