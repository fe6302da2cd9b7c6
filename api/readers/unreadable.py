"""What is raised where one job or one model cannot be read, so that lists can go on without it."""

from __future__ import annotations

from jobs.errors import Permanent


class Unreadable(Permanent):
    """What is stored of a job or a model is damaged, or a later release wrote it."""
