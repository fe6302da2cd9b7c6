from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.exit_code import ExitCode

Run = Callable[..., Any]
OPTIONS = {"properties": {"window": {"default": 32, "type": "integer"}, "fill": {"type": "string"}}}
FOUND = {
    "items": [
        {"name": "gradcam++", "title": "GradCAM++", "package": None, "options": None, "docs": "Weighs."},
        {"name": "occlusion", "title": "Occlusion", "package": "mine 0.1", "options": OPTIONS, "docs": "Covers."},
    ],
    "unusable": [{"name": "lime", "package": "sour 1.0", "reason": "it cannot be imported"}],
}


def test_methods_are_listed_with_their_options_and_packages_that_add_none(api: Any, florescope: Run) -> None:
    api.methods = FOUND
    ran = florescope("methods")
    assert ran.code == ExitCode.OK
    for word in ("gradcam++", "Occlusion", "mine 0.1", "window=32", "fill"):
        assert word in ran.out
    assert "lime of sour 1.0 cannot be used: it cannot be imported" in ran.out


def test_as_json_it_is_what_the_api_says(api: Any, florescope: Run) -> None:
    api.methods = FOUND
    assert json.loads(florescope("methods", "--json").out) == FOUND


def test_options_of_methods_are_sent_as_what_they_are(api: Any, florescope: Run) -> None:
    florescope(
        *("explain", "--model", "m", "--dataset", "d", "--method", "gradcam++", "--method", "occlusion", "--no-wait"),
        *("--method-option", "occlusion.window=16", "--method-option", "occlusion.fill=mean"),
        *("--method-option", "occlusion.deep=true", "--method-option", "occlusion.layers=[]"),
        *("--method-option", "occlusion.stride=null"),
    )
    assert api.specs == [
        {
            "kind": "explain",
            "model": "m",
            "dataset": "d",
            "methods": ["gradcam++", "occlusion"],
            "method_options": {"occlusion": {"window": 16, "fill": "mean", "deep": True, "layers": [], "stride": None}},
        }
    ]


@pytest.mark.parametrize("text", ["window=16", "occlusion.window", "=16", ".window=16", "occlusion.=16"])
def test_an_option_of_another_form_is_refused(florescope: Run, text: str) -> None:
    ran = florescope("explain", "--model", "m", "--dataset", "d", "--method-option", text, "--no-wait")
    assert ran.code == ExitCode.USAGE
    assert "expected METHOD.OPTION=VALUE" in ran.err
