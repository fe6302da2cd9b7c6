"""Traces cost nothing where nobody looks."""

from __future__ import annotations

import subprocess
import sys

from dispatch.traces import tracing

LOADED = "import sys, api.main, workers.app; print([name for name in sys.modules if 'otlp' in name])"


def test_no_process_loads_the_exporter_before_somebody_looks() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_spans_that_nobody_looks_at_are_one_and_the_same() -> None:
    with tracing.span("plan", step="plan") as span:
        assert span is tracing.NO_SPAN
        assert tracing.current() is tracing.NO_SPAN
        assert tracing.traceparent() is None
