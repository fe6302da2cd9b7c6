"""Opens the services of a worker process when they are first needed, once."""

from __future__ import annotations

from functools import lru_cache

from celery import Celery

from dispatch.connection import connect
from dispatch.traces import tracing
from jobs.version import VERSION
from settings import Settings
from store.open_store import open_store
from store.scratch import use_own_scratch
from workers.step.services import DataFolders, NoticeOptions, Services


@lru_cache(maxsize=1)
def services(celery: Celery, settings: Settings, *, worker: str) -> Services:
    """The store and the board that the settings name."""
    use_own_scratch()
    version = settings.code_version or VERSION
    tracing.start(settings.traces_endpoint, service="florescope-worker", instance=worker, version=version)
    connection = connect(
        redis_url=settings.broker_url(),
        key_prefix=settings.key_prefix,
        lease_ttl_s=settings.lease_ttl_s,
        celery=celery,
    )
    return Services.of(
        connection,
        open_store(settings.store_url, s3=settings.s3_options()),
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
