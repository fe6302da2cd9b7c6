"""The command ``florescope methods``, and the options of methods on the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json
from cli.errors import Usage


def methods(as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List the methods of explanation that are installed beside the API, with the options of those that take some."""
    from cli.display.method_text import print_methods  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    with Client(api) as client:
        found = client.methods()
    if as_json:
        print_json(found)
    else:
        print_methods(found)


def method_options(given: Sequence[str]) -> Mapping[str, Any]:
    """Values by their path in the specification, from texts such as ``occlusion.window=16``.

    Raises:
        Usage: a text has another form.
    """
    found = {}
    for text in given:
        path, equals, value = text.partition("=")
        method, dot, option = path.partition(".")
        if not (equals and dot and method and option):
            raise Usage(f"--method-option {text}: expected METHOD.OPTION=VALUE, such as occlusion.window=16")
        found[f"method_options.{path}"] = _value(value)
    return found


def _value(text: str) -> Any:
    """A number, a truth value or other JSON; what is none of these is a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
