"""The workers' Celery application, with light explanations in place of real ones: ``celery -A`` takes it as it is."""

from __future__ import annotations

from tests.services.light_explanations import work_lightly
from tests.services.quick_workers import app

work_lightly()
# The children are interpreters of their own: they import what is named here.
app.conf.update(include=[__name__, *app.conf.include])
