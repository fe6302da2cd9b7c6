"""Starts the process that makes one try to deliver a notice, and ends it when it takes too long."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from jobs.notice.channel import Channel
from jobs.notice.notice import Notice
from workers.notice.outcome import Outcome
from workers.notice.wording import text_of

LIMIT_S = 20.0
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "workers.notice.child")
_ENVIRONMENT = {
    "PYTHONPATH": str(_ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
}
"""The whole environment of the process: no secrets of the worker, and no proxies, which would look names up again."""


def deliver(
    notice: Notice, channel: Channel, *, private_hosts: Collection[str] = (), limit_s: float = LIMIT_S
) -> Outcome:
    """One try; whatever goes wrong is its outcome."""
    told = text_of(notice.event, notice.body)
    wanted = {
        "kind": channel.kind,
        "url": channel.url,
        "secret": channel.secret,
        "id": notice.id,
        "body": json.dumps(notice.body, ensure_ascii=False),
        "title": told.title,
        "text": told.text,
        "tone": told.tone,
        "private_hosts": sorted(private_hosts),
    }
    try:
        done = subprocess.run(
            _COMMAND,
            input=json.dumps(wanted).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit_s,
            env=_ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(delivered=False, words=f"no answer within {limit_s:g} s")
    try:
        return Outcome(**json.loads(done.stdout))
    except (ValueError, TypeError):
        return Outcome(delivered=False, words=f"the sending process ended with status {done.returncode}")
