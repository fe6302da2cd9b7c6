"""Gives every operation of the API's description an example: values of its parameters, and a line of curl."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

ADDRESS = "http://localhost:8000"
_JOB = "01kaxm3v9w7t2c5h8qe4n6r1zd"
_VALUES: Mapping[str, Any] = MappingProxyType(
    {
        "job_id": _JOB,
        "model_id": _JOB,
        "image_id": "test-00000",
        "method": "gradcam",
        "form": "jpg",
        "encoding": "npy",
        "name": "report.html",
        "upload": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "path": "mine/rose/1.jpg",
        "digest": "4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c",
        "key_id": _JOB,
        "project": "default",
        "queue": "explain",
        "channel": "chat",
        "preprocessing": "MobileNetV2",
        "class_name": ["daisy", "rose"],
        "outcome": "wrong",
        "limit": 20,
    }
)
"""Of parameters by name. Those that have no value here are left out of the example."""
_FILES: Mapping[str, str] = MappingProxyType({"/v1/datasets/{path}": "1.jpg", "/v1/jobs:import": "job.tar"})
Operation = dict[str, Any]


def add_examples(description: dict[str, Any]) -> None:
    """Add them to a description that FastAPI made, in place."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in _VALUES and _fits(parameter):
                    parameter["example"] = _VALUES[parameter["name"]]
            operation["x-codeSamples"] = [{"lang": "Shell", "source": _curl(method, path, operation)}]


def _fits(parameter: Mapping[str, Any]) -> bool:
    """Names of paths are always meant; ``name`` in a query is what somebody calls a model."""
    return parameter["in"] == "path" or parameter["name"] not in {"name", "method"}


def _curl(method: str, path: str, operation: Operation) -> str:
    words = ["curl", *([] if method == "get" else ["-X", method.upper()]), _address(path, operation)]
    for content_type, body in operation.get("requestBody", {}).get("content", {}).items():
        words += ["-H", f"content-type: {content_type}", *_body(path, body)]
    return " ".join(map(shlex.quote, words))


def _address(path: str, operation: Operation) -> str:
    given = [each for each in operation.get("parameters", []) if "example" in each]
    for each in given:
        path = path.replace(f"{{{each['name']}}}", quote(str(each["example"])))
    query = urlencode([(each["name"], each["example"]) for each in given if each["in"] == "query"], doseq=True)
    return f"{ADDRESS}{path}{'?' if query else ''}{query}"


def _body(path: str, body: Mapping[str, Any]) -> Iterator[str]:
    examples = [each["value"] for each in body.get("examples", {}).values()]
    yield from ("-d", json.dumps(examples[0])) if examples else ("--data-binary", f"@{_FILES.get(path, 'model.keras')}")
