"""Starts the API process: ``python -m api.main``."""

from __future__ import annotations

import sys
from socket import gethostname

import structlog
import uvicorn
from fastapi import FastAPI

from api.access.gate import require_identity
from api.access.oidc.sign_in import OidcOptions, SignIn
from api.app import create_app
from api.http.header_deadline import HeaderDeadline
from api.readers.dataset_stores import DatasetBuckets
from dispatch.connection import connect
from dispatch.json_logs import configure_logging
from dispatch.traces import tracing
from jobs.errors import JobError
from jobs.identity.grant import read_grants
from jobs.specs.installed_methods import installed_methods
from jobs.version import VERSION
from settings import Settings, settings_of
from store.base import ObjectStore
from store.open_store import open_store
from store.scratch import use_own_scratch

log = structlog.get_logger()
STOP_WITHIN_S = 5  # open event streams are cut then; clients reconnect and resume


def build() -> FastAPI:
    """Make the application from the settings (also a factory for ``uvicorn --factory api.main:build``)."""
    return _build(Settings())


def main() -> None:
    """Check the store and the broker, then serve until told to stop."""
    settings = settings_of("api")
    try:
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
    connection = connect(redis_url=settings.redis_address(), key_prefix=settings.key_prefix)
    app = create_app(
        store=open_store(settings.store_url, s3=settings.s3_options()),
        board=connection.board,
        queue=connection.queue,
        tfds_dir=settings.tfds_data_dir,
        buckets=DatasetBuckets(settings.s3_prefixes(), settings.s3_options()),
        allowed_hosts=settings.allowed_hosts.split(","),
    )
    if asks_who:
        require_identity(app)
        app.state.sign_in = _sign_in(settings, app.state.backend.store)
    return app


def _sign_in(settings: Settings, store: ObjectStore) -> SignIn | None:
    """How people sign in, where a provider of identity is set.

    Raises:
        ValueError: a setting that this takes is missing, or has another form.
    """
    if not settings.oidc_issuer:
        return None
    needed = ("oidc_client_id", "oidc_grants", "public_url")
    missing = [f"FLORESCOPE_{name.upper()}" for name in needed if not getattr(settings, name)]
    if missing:
        raise ValueError(f"FLORESCOPE_OIDC_ISSUER is set, so {', '.join(missing)} must be, too: see docs/sharing.md")
    secret = settings.oidc_client_secret
    options = OidcOptions(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else "",
        name=settings.oidc_name,
        scopes=settings.oidc_scopes,
        claim=settings.oidc_claim,
        grants=read_grants(settings.oidc_grants),
        public_url=settings.public_url,
    )
    return SignIn(options, store)


if __name__ == "__main__":
    main()
