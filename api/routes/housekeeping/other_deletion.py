"""Deletes and restores folders of pictures, uploaded files and features; lists what is deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.path_noun import FOLDER_NOUN, NOUN, folder_path
from api.http.problem_responses import problems
from api.readers.dataset_index import DatasetItem
from api.routes.datasets import PicturePath
from api.routes.housekeeping.deletion import (
    REFUSED,
    TOO_LATE,
    AffectedJobs,
    DeletedPage,
    RestoredPage,
    WithDependents,
    affected,
    archive_thing,
    delete_thing,
    item_of,
    restore_thing,
)
from api.routes.imports import UploadId
from dispatch.housekeeping.deletions import list_deletions
from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.housekeeping.thing import Thing, ThingKind, dataset_thing, upload_thing
from jobs.names.project_name import data_set_folder, is_data_set

router = APIRouter(prefix="/v1", tags=["housekeeping"])
Digest = Annotated[str, Path(description="Digest of the features.", pattern="^[0-9a-f]{8,64}$")]


class FeatureItem(BaseModel):
    """Features of a frozen backbone that trainings share."""

    digest: str
    size: int


class FeaturePage(BaseModel):
    """All features of the installation."""

    items: list[FeatureItem]


@router.get("/deleted", responses=problems(422, 503))
def list_deleted(backend: BackendOf) -> DeletedPage:
    """What is deleted in your projects, and how long that can be undone."""
    caller = current_caller()
    found = (each for each in list_deletions(backend.store) if caller.sees(each.project))
    return DeletedPage(items=sorted(map(item_of, found), key=lambda item: item.at, reverse=True))


@router.get("/datasets/{path:path}/dependents", responses=problems(404, 422, 503))
def get_dataset_dependents(path: PicturePath, backend: BackendOf) -> AffectedJobs:
    """What goes with a folder of pictures when it is deleted: the jobs that read it."""
    return affected([_data_set(path)], backend)


@router.delete(f"/datasets/{{path:{FOLDER_NOUN}}}", responses=problems(404, 422, 503, p409=REFUSED))
def delete_dataset(path: PicturePath, backend: BackendOf, with_dependents: WithDependents = False) -> DeletedPage:
    """Delete a folder with all of its pictures. It can be restored within a day."""
    return delete_thing(_data_set(path), backend, with_dependents=with_dependents)


@router.post("/datasets/{path:path}:restore", responses=problems(404, 422, 503, p409=TOO_LATE))
def restore_dataset(path: PicturePath, backend: BackendOf) -> RestoredPage:
    """Bring back a folder of pictures."""
    return restore_thing(_folder(path), backend)


@router.post("/datasets/{path:path}:archive", responses=problems(404, 422, 503))
def archive_dataset(path: PicturePath, backend: BackendOf) -> DatasetItem:
    """Mark a folder as archived; it can be used as before."""
    archive_thing(_data_set(path), backend, archived=True)
    return _item(path, backend)


@router.post("/datasets/{path:path}:unarchive", responses=problems(404, 422, 503))
def unarchive_dataset(path: PicturePath, backend: BackendOf) -> DatasetItem:
    """Take a folder out of the archive."""
    archive_thing(_data_set(path), backend, archived=False)
    return _item(path, backend)


@router.delete(f"/uploads/{{upload:{NOUN}}}", responses=problems(404, 422, 503, p409=REFUSED))
def delete_upload(upload: UploadId, backend: BackendOf, with_dependents: WithDependents = False) -> DeletedPage:
    """Delete a file that was sent; a model that was made of it stays. It can be restored within a day."""
    return delete_thing(upload_thing(upload, current_caller().project), backend, with_dependents=with_dependents)


@router.post("/uploads/{upload}:restore", responses=problems(404, 422, 503, p409=TOO_LATE))
def restore_upload(upload: UploadId, backend: BackendOf) -> RestoredPage:
    """Bring back a file that was sent."""
    return restore_thing(upload_thing(upload, current_caller().project), backend)


@router.get("/features", responses=problems(422, 503))
def list_features(backend: BackendOf) -> FeaturePage:
    """Features of frozen backbones, which trainings share."""
    listed, deleted = backend.store.list(keys.FEATURES_PREFIX), backend.deleted.names(ThingKind.FEATURES)
    items = [FeatureItem(digest=keys.digest_of_features(info.key), size=info.size) for info in listed]
    return FeaturePage(items=[item for item in items if item.digest not in deleted])


@router.delete(f"/features/{{digest:{NOUN}}}", responses=problems(404, 422, 503, p409=REFUSED))
def delete_features(digest: Digest, backend: BackendOf) -> DeletedPage:
    """Delete features; a training that wants them meanwhile keeps them, a later one computes them again."""
    return delete_thing(Thing(ThingKind.FEATURES, digest), backend, with_dependents=False)


@router.post("/features/{digest}:restore", responses=problems(404, 422, 503, p409=TOO_LATE))
def restore_features(digest: Digest, backend: BackendOf) -> RestoredPage:
    """Bring back features."""
    return restore_thing(Thing(ThingKind.FEATURES, digest), backend)


def _data_set(path: str) -> Thing:
    """The folder that is meant, which is a data set as a whole.

    Raises:
        ObjectNotFound: it lies within another one, or is all that a project has.
    """
    thing = _folder(path)
    if not is_data_set(thing.name):
        raise ObjectNotFound(f"{thing.name!r} is no data set: name one, such as {f'{thing.name}/mine'.lstrip('/')!r}")
    return thing


def _folder(path: str) -> Thing:
    """A folder that is deleted, which earlier releases let be all that a project has.

    Raises:
        ObjectNotFound: it lies within another one.
    """
    folder = folder_path(path)
    if data_set_folder(folder) != folder:
        raise ObjectNotFound(f"{folder!r} is part of the data set {data_set_folder(folder)!r}: name the whole")
    return dataset_thing(folder)


def _item(path: str, backend: BackendOf) -> DatasetItem:
    return backend.datasets.folder(folder_path(path))
