"""Writes a specification down as a command, a request, JSON and Python, so that it can be submitted elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pprint import pformat
from typing import Any, NamedTuple

from jobs.specs.spec import AnySpec

_COMMANDS = {kind: kind for kind in ("train", "explain", "evaluate", "audit", "preview", "sweep")} | {
    "export": "export-model"
}
_MARK = "SPEC"


class Copy(NamedTuple):
    """One way to submit a specification."""

    name: str
    text: str


def copies(document: Mapping[str, Any], *, api: str) -> list[Copy]:
    """All ways to submit this specification to the API at this address."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    command = _command(document, text, api)
    given = [Copy("CLI", command)] if command else []
    return [*given, Copy("curl", _curl(text, api)), Copy("JSON", text), Copy("Python", _python(document, api))]


def plain_document(spec: AnySpec) -> dict[str, Any]:
    """What a specification says beyond the defaults; all of it where a default that is left out would be read as other.

    So it is beside a policy of augmentation, where strengths that are not given are 0.
    """
    short = {"kind": spec.kind_name(), **spec.model_dump(mode="json", exclude_defaults=True)}
    return short if type(spec).model_validate(short) == spec else spec.model_dump(mode="json")


def _command(document: Mapping[str, Any], text: str, api: str) -> str:
    kind, address = str(document["kind"]), shlex.quote(api)
    if kind == "compare":
        first, second = (str(document.get(name, "")).removeprefix("job:") for name in ("first", "second"))
        given = [(each, document[each]) for each in ("name", "seed") if each in document]
        given += [("notify", channel) for channel in document.get("notify", ())]
        options = "".join(f" --{name} {shlex.quote(str(value))}" for name, value in given)
        return f"florescope compare {shlex.quote(first)} {shlex.quote(second)}{options} --api {address}"
    if kind not in _COMMANDS:
        return ""
    return f"florescope {_COMMANDS[kind]} --api {address} --spec /dev/stdin <<'{_MARK}'\n{text}\n{_MARK}"


def _curl(text: str, api: str) -> str:
    return f"curl --json @- {shlex.quote(f'{api}/v1/jobs')} <<'{_MARK}'\n{text}\n{_MARK}"


def _python(document: Mapping[str, Any], api: str) -> str:
    spec = pformat(dict(document), width=100, sort_dicts=False)
    return f"from florescope import Client\n\nwith Client({api!r}) as client:\n    job = client.submit(\n" + (
        "".join(f"        {line}\n" for line in spec.splitlines()) + "    )\n    job.wait()\n"
    )
