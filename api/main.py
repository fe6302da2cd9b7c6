"""Starts the API process: ``python -m api.main``."""

from __future__ import annotations

import sys
from socket import gethostname

import structlog
import uvicorn
from fastapi import FastAPI

from api.access.gate import require_identity
from api.app import create_app
from api.http.header_deadline import HeaderDeadline
from dispatch.connection import connect
from dispatch.json_logs import configure_logging
from dispatch.traces import tracing
from jobs.errors import JobError
from jobs.specs.installed_methods import installed_methods
from jobs.version import VERSION
from settings import Settings
from store.open_store import open_store
from store.scratch import use_own_scratch

log = structlog.get_logger()
STOP_WITHIN_S = 5  # open event streams are cut then; clients reconnect and resume


def build() -> FastAPI:
    """Make the application from the settings (also a factory for ``uvicorn --factory api.main:build``)."""
    return _build(Settings())


def main() -> None:
    """Check the store and the broker, then serve until told to stop."""
    try:
        settings = Settings()
        configure_logging(settings.log_level)
        use_own_scratch()
        app = _build(settings)
        app.state.backend.readiness.check()
        _tell_unusable_methods()
    except (JobError, OSError, ValueError) as error:
        sys.exit(f"florescope api cannot start: {' '.join(str(error).split())}")
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        server_header=False,
        http=HeaderDeadline,
    )
    tracing.stop()


def _tell_unusable_methods() -> None:
    for each in installed_methods().unusable:
        log.warning("method_cannot_be_used", method=each.name, package=each.package, reason=each.reason)


def _build(settings: Settings) -> FastAPI:
    asks_who = settings.asks_who()
    version = settings.code_version or VERSION
    tracing.start(settings.traces_endpoint, service="florescope-api", instance=gethostname(), version=version)
    connection = connect(redis_url=settings.broker_url(), key_prefix=settings.key_prefix)
    app = create_app(
        store=open_store(settings.store_url, s3=settings.s3_options()),
        board=connection.board,
        queue=connection.queue,
        tfds_dir=settings.tfds_data_dir,
        dataset_prefixes=settings.s3_prefixes(),
        allowed_hosts=settings.allowed_hosts.split(","),
    )
    if asks_who:
        require_identity(app)
    return app


if __name__ == "__main__":
    main()
