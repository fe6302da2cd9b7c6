"""Builds the object keys of the index of jobs; ``jobs.keys`` draws the tree of the whole store."""

from __future__ import annotations

ENTRIES = "index/entries/"
SEGMENTS = "index/segments/"
REMARKS = "index/remarks/"
STATE = "index/state.json"


def entries(job_id: str) -> str:
    """Prefix of the index entries of one job."""
    return f"{ENTRIES}{job_id}."


def remarks(job_id: str) -> str:
    """Key that exists while no segment knows what people wrote beside a job."""
    return f"{REMARKS}{job_id}"


def segment(level: int, segment_id: str) -> str:
    """Key of index rows of many jobs; a segment of the next level is made of several of this one."""
    return f"{SEGMENTS}{level}-{segment_id}.json"


def level_of_segment(key: str) -> int:
    """The level of the segment that lies under this key."""
    return int(key.removeprefix(SEGMENTS).split("-")[0])
