"""Whether two projects get what their weights say, on a real stack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bench.shared.busy_stack import busy_stack, explanation, submit
from jobs import keys
from jobs.results.report import Report
from store.local import LocalStore
from tests.services.stack import Stack

WEIGHT, SHARDS, IMAGES_A_SHARD, SHARD_MS = 2, 240, 4, 50
IMAGES = SHARDS * IMAGES_A_SHARD
LIMIT_S = 900.0


def measure() -> Mapping[str, float]:
    """``fair_share_error``: how far the share of images of a project with weight 2 beside one with 1 is off 2/3.

    Of the images of the first 240 shards that are done, while both have more to do; relative to 2/3.
    """
    with busy_stack() as stack:
        stack.http.put(f"{stack.url}/v1/projects/rose/weight", json={"weight": WEIGHT}).raise_for_status()
        stack.http.post(f"{stack.url}/v1/queues/explain:pause").raise_for_status()
        projects = {_submitted(stack, project): project for project in ("tulip", "rose")}
        for job_id in projects:
            stack.wait(job_id, until=lambda job: job["progress"]["total"] == IMAGES, limit_s=LIMIT_S)
        stack.http.post(f"{stack.url}/v1/queues/explain:resume").raise_for_status()
        done = sum(_until_enough(stack, projects).values())
        found = _first(stack, projects)
    share = found["rose"] / sum(found.values())
    expected = WEIGHT / (WEIGHT + 1)
    return {
        "fair_share_error": round(abs(share - expected) / expected, 4),
        "fair_share": round(share, 4),
        "fair_share_shards": SHARDS,
        "fair_share_shards_done": done,
    }


def _submitted(stack: Stack, project: str) -> str:
    spec = explanation(IMAGES, shard_size=IMAGES_A_SHARD, shard_ms=SHARD_MS, project=project)
    return submit(stack, spec, project=project)


def _until_enough(stack: Stack, projects: Mapping[str, str]) -> dict[str, int]:
    """Wait for that many shards; the number of each project's."""
    counts = dict.fromkeys(projects.values(), 0)

    def enough(_: object) -> bool:
        for job_id, project in projects.items():
            counts[project] = len(stack.reports(job_id))
        return sum(counts.values()) >= SHARDS

    longest = next(job_id for job_id, project in projects.items() if project == "tulip")
    stack.wait(longest, until=enough, limit_s=LIMIT_S)
    return counts


def _first(stack: Stack, projects: Mapping[str, str]) -> dict[str, int]:
    """Images of each project among the first shards that were done."""
    store, found = LocalStore(stack.store), list[tuple[datetime, str, int]]()
    for job_id, project in projects.items():
        for info in store.list(keys.reports(job_id)):
            report = Report.decode(store.get(info.key))
            found.append((report.finished_at, project, report.counts.images))
    images = dict.fromkeys(projects.values(), 0)
    for _, project, count in sorted(found)[:SHARDS]:
        images[project] += count
    return images
