"""Structured logs of all processes: one JSON object a line, with the job and the step that it is about."""

from __future__ import annotations

import logging

import structlog

_EVERY_FEW_SECONDS = ("celery.app.trace", "celery.beat", "celery.worker.strategy")
"""Loggers of Celery of which only warnings are kept: they log each call to reconcile, and what workers log of steps."""


def configure_logging(level: str) -> None:
    """Send our own and the libraries' logs to standard error, as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer())
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    if root.level > logging.DEBUG:
        for name in _EVERY_FEW_SECONDS:
            logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
