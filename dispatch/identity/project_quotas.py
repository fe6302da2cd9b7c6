"""Stores what projects may do."""

from __future__ import annotations

from jobs.errors import ObjectNotFound
from jobs.identity import identity_keys
from jobs.identity.quota import NO_QUOTA, ProjectQuota, Quota
from store.base import ObjectStore


def read_quota(project: str, store: ObjectStore) -> Quota:
    """The quota of a project; none where nobody set one.

    Raises:
        Corrupt, NewerVersion: it cannot be read.
    """
    try:
        return ProjectQuota.decode(store.get(identity_keys.project_quota(project))).quota
    except ObjectNotFound:
        return NO_QUOTA


def write_quota(project: str, quota: Quota, store: ObjectStore) -> None:
    """Set the quota of a project, in place of the one before."""
    document = ProjectQuota(project=project, quota=quota)
    store.put(identity_keys.project_quota(project), document.encode(), content_type="application/json")
