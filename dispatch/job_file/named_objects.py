"""Which objects the documents of a job name: whoever reads the job would be given them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from jobs import keys
from jobs.errors import InvalidSpec
from jobs.housekeeping.job_file import MODEL

_JOB_ID = re.compile(r"[0-9a-z]{26}")
Json = dict[str, Any]


def models_named(documents: Iterable[tuple[str, bytes]], job_id: str) -> frozenset[str]:
    """Ids of the other jobs whose models are described; nothing else may lie outside of the job.

    Plans and reports describe models, with the files of these: of the model of an explanation, of the best trial. Of a
    job that is over nobody reads these files by its plan or its reports, nor the upload of which a model was made.

    Args:
        documents: name below the job and bytes of each JSON document; ``model.json`` is the model of the job itself.
        job_id: of the job.

    Raises:
        InvalidSpec: a document is no JSON, or names an object of another job, or of none.
    """
    found = set[str]()
    for name, data in documents:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InvalidSpec(f"{name!r} is no JSON: {error}") from error
        models = _models_in(document, name)
        allowed = frozenset[str]() if name == MODEL else _job_ids(models)
        for model in models:
            _leave_out_upload(model)
        for key in _keys_in(document):
            if not key.startswith(keys.job(job_id)):
                found.add(_other_job(key, allowed, name=name))
    return frozenset(found)


def _models_in(document: Any, name: str) -> list[Json]:
    """The descriptions of models in a document."""
    if name == MODEL:
        found = [document]
    elif isinstance(document, dict) and (name == "plan.json" or name.startswith("reports/")):
        found = [document.get("model"), document.get("baseline")]
    else:
        found = []
    return [each for each in found if isinstance(each, dict)]


def _job_ids(models: Iterable[Json]) -> frozenset[str]:
    ids = (model.get("job_id") for model in models)
    return frozenset(each for each in ids if isinstance(each, str) and _JOB_ID.fullmatch(each))


def _leave_out_upload(model: Json) -> None:
    source = model.get("source")
    if isinstance(source, dict) and str(source.get("key")).startswith(keys.UPLOADS_PREFIX):
        del source["key"]


def _other_job(key: str, allowed: frozenset[str], *, name: str) -> str:
    found = next((each for each in allowed if key.startswith(keys.job(each))), None)
    if found is None:
        raise InvalidSpec(f"{name!r} names {key!r}, which lies outside of the job")
    return found


def _keys_in(document: Any) -> Iterator[str]:
    ahead = [document]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            ahead.extend(value.values())
            if isinstance(value.get("key"), str):
                yield value["key"]
        elif isinstance(value, list):
            ahead.extend(value)
