"""Opens the object store of an installation for a command that works without its API."""

from __future__ import annotations

from cli.errors import Usage
from cli.stack.layout import local_store_url
from cli.stack.stack_settings import read_settings
from store.base import ObjectStore
from store.open_store import open_store


def opened_store(url: str | None) -> ObjectStore:
    """The store of this URL; without one, that of ``FLORESCOPE_STORE_URL``, else of ``florescope up`` here.

    Raises:
        Usage: the URL is none of a store.
    """
    settings = read_settings()
    set_url = settings.store_url if "store_url" in settings.model_fields_set else None
    try:
        return open_store(url or set_url or local_store_url(settings.data_dir), s3=settings.s3_options())
    except ValueError as error:
        raise Usage(str(error)) from error
