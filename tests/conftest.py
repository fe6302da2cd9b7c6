"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# No test is about speed: on a busy machine an example takes as long as it takes.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
