"""Opens the services of a worker process when they are first needed, once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from celery import Celery

from dispatch.connection import connect
from dispatch.traces import tracing
from jobs.version import VERSION
from settings import Settings
from store.open_store import open_store
from store.scratch import use_own_scratch
from workers.step.services import DataFolders, NoticeOptions, Services
from workers.tracking.mlflow_tracker import MlflowTracker


@lru_cache(maxsize=1)
def services(celery: Celery, settings: Settings, *, worker: str) -> Services:
    """The store and the board that the settings name."""
    use_own_scratch()
    version = settings.code_version or VERSION
    tracing.start(settings.traces_endpoint, service="florescope-worker", instance=worker, version=version)
    connection = connect(
        redis_url=settings.redis_address(),
        key_prefix=settings.key_prefix,
        lease_ttl_s=settings.lease_ttl_s,
        celery=celery,
    )
    store, tracking_uri = open_store(settings.store_url, s3=settings.s3_options()), settings.mlflow_tracking_uri
    opened = Services.of(
        connection,
        store,
        worker=worker,
        folders=DataFolders(
            tfds=settings.tfds_data_dir,
            weights=settings.weights_dir,
            s3_prefixes=settings.s3_prefixes(),
            s3=settings.s3_options(),
        ),
        code_version=version,
        notices=NoticeOptions(public_url=settings.public_url, private_hosts=settings.private_hosts()),
    )
    return replace(opened, tracker=MlflowTracker(tracking_uri, store)) if tracking_uri else opened
