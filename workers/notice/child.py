"""One try to deliver a notice, in a process of its own: ``python -m workers.notice.child``.

What is to be sent comes as JSON on stdin, so that no address stands in a command line; how it went leaves as JSON. The
process may connect only to where notices may go, starts no program, writes no file, and has little memory. Whoever
starts it ends it when it takes too long.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from workers.notice.guard import AddressRefused, guard_process, resolve
from workers.notice.outcome import Outcome

MEMORY_BYTES = 1 << 30


def main() -> None:
    """Send the notice that stdin describes, and write to stdout how that went."""
    wanted, answer = json.load(sys.stdin), _own_stdout()
    _limit()
    refused: list[str] = []
    guard_process(_private_addresses(wanted), refused.append)
    outcome = _try(wanted)
    if refused and not outcome.delivered:
        outcome = Outcome(delivered=False, words=f"not sent: {refused[0]}")
    json.dump(vars(outcome), answer)
    answer.flush()


def _try(wanted: Mapping[str, Any]) -> Outcome:
    """Whatever goes wrong is told by its kind alone: messages of libraries hold addresses."""
    try:
        return _send(wanted)
    except AddressRefused as error:
        return Outcome(delivered=False, words=f"not sent: {error}")
    except MemoryError:
        return Outcome(delivered=False, words="the answer is too large")
    except Exception as error:  # noqa: BLE001
        return Outcome(delivered=False, words=f"not taken: {_kind(error)}")


def _send(wanted: Mapping[str, Any]) -> Outcome:
    if wanted["kind"] == "webhook":
        from workers.notice.webhook import SignedRequest, send_webhook  # noqa: PLC0415  (either takes a while)

        request = SignedRequest(wanted["url"], wanted["secret"], wanted["id"], wanted["body"])
        return send_webhook(request, private_hosts=wanted["private_hosts"])
    from workers.notice.message import Message, send_message  # noqa: PLC0415

    return send_message(Message(wanted["url"], wanted["title"], wanted["text"], wanted["tone"]))


def _kind(error: BaseException) -> str:
    """The class of an error in words, or of what led to it, where that says more."""
    while type(error).__name__ in {"MaxRetryError", "ProtocolError"} and error.__cause__:
        error = error.__cause__
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(error).__name__)
    return words.strip()


def _private_addresses(wanted: Mapping[str, Any]) -> frozenset[str]:
    """The addresses of those private hosts that the settings allow and the address names."""
    found: set[str] = set()
    named = urlsplit(wanted["url"])
    for host in wanted["private_hosts"]:
        if host in wanted["url"].lower():
            try:
                found.update(resolve(host, named.port or 0, private_hosts=wanted["private_hosts"]))
            except (OSError, ValueError):
                continue
    return frozenset(found)


def _own_stdout() -> IO[str]:
    """Stdout for the answer alone; whatever libraries print goes nowhere."""
    own = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    return own


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
