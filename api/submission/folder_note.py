"""Notes who made a folder of pictures."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from api.http.caller import current_caller
from jobs import keys
from jobs.errors import ObjectExists
from jobs.identity.dataset_record import DatasetRecord
from jobs.names.project_name import data_set_folder
from store.base import ObjectStore


def note_folder(key: str, store: ObjectStore) -> None:
    """Store the record of the folder in which the picture of this key lies, if it has none; call it once it is there.

    A folder that had pictures before there were records gets the name of whoever adds one.
    """
    folder, caller = data_set_folder(key.removeprefix(keys.DATASETS_PREFIX)), current_caller()
    where = keys.dataset_record(folder)
    if store.head(where) is None:
        record = DatasetRecord(
            folder=folder, project=caller.project, submitter=caller.name, created_at=datetime.now(UTC)
        )
        with suppress(ObjectExists):
            store.put(where, record.encode(), if_absent=True, content_type="application/json")
