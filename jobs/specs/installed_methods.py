"""Finds every method of explanation that is installed: the built-in ones, and those that other packages add.

A package adds a method by an entry point of the group ``florescope.explainers``, which names an ``ExplanationMethod``.
What is wrong with one is told of that one; it never keeps a process from starting.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import get_args

from pydantic import BaseModel

from jobs.specs.explanation_methods import METHODS, Colours, ExplanationMethod

GROUP = "florescope.explainers"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FUNCTION = re.compile(r"[\w.]+:[\w.]+")
_LIGHT_WITHOUT = ("tensorflow", "keras")
FILES_OF_SHARDS = frozenset({"gallery", "features"})
"""Names of files that explanations keep beside the raw maps, which are called as their methods are."""


@dataclass(frozen=True)
class UnusableMethod:
    """An entry point that adds no method, and why."""

    name: str
    package: str
    reason: str


@dataclass(frozen=True)
class InstalledMethods:
    """What can be asked for in this process.

    Attributes:
        usable: descriptions by name, the built-in ones first.
        packages: name and version of the package, by the name of the method that it adds.
        unusable: entry points that add none.
    """

    usable: Mapping[str, ExplanationMethod]
    packages: Mapping[str, str]
    unusable: tuple[UnusableMethod, ...]


@lru_cache(maxsize=1)
def installed_methods() -> InstalledMethods:
    """Looks the packages up once; what is installed later is known after a restart."""
    usable, packages, unusable = dict(METHODS), dict[str, str](), list[UnusableMethod]()
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, _package(entry))):
        package = _package(entry)
        try:
            if entry.name in packages:
                raise _Unusable(f"{packages[entry.name]} adds a method of this name too: uninstall one of the two")
            usable[entry.name] = _loaded(entry)
            packages[entry.name] = package
        except _Unusable as error:
            unusable.append(UnusableMethod(entry.name, package, str(error)))
    return InstalledMethods(usable, packages, tuple(unusable))


def describe_method(name: str) -> ExplanationMethod:
    """The description of a method by which there are maps, also if it is not installed here (any more)."""
    words = name.replace("_", " ")
    return installed_methods().usable.get(name, ExplanationMethod(words, words, "diverging", of_layer=False))


class _Unusable(Exception):
    """An entry point adds no method; the message says why."""


def _package(entry: EntryPoint) -> str:
    """Name and version of the package that an entry point belongs to, as far as it tells."""
    try:
        return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
    except Exception:  # noqa: BLE001  (the metadata are a stranger's)
        return "a package without a name"


def _loaded(entry: EntryPoint) -> ExplanationMethod:
    if entry.name in METHODS:
        raise _Unusable("a built-in method has this name: choose another one")
    if entry.name in FILES_OF_SHARDS:
        raise _Unusable("explanations keep another file of this name beside the raw maps: choose another name")
    if not _NAME.fullmatch(entry.name):
        raise _Unusable("expected a name of letters a to z, digits and _, with a letter at the start")
    method = _imported(entry)
    if not isinstance(method, ExplanationMethod):
        raise _Unusable(f"{entry.value} is of type {type(method).__name__}, expected ExplanationMethod")
    problems = ", ".join(_problems(method))
    if problems:
        raise _Unusable(f"{entry.value}: {problems}")
    return method


def _imported(entry: EntryPoint) -> object:
    loaded = {name for name in _LIGHT_WITHOUT if name in sys.modules}
    try:
        found: object = entry.load()
    except (Exception, SystemExit) as error:
        raise _Unusable(f"{entry.value} cannot be imported: {type(error).__name__}: {error}") from error
    heavy = [name for name in _LIGHT_WITHOUT if name in sys.modules and name not in loaded]
    if heavy:
        raise _Unusable(f"importing {entry.value} loads {heavy[0]}: leave that to the module of the function")
    return found


def _problems(method: ExplanationMethod) -> Iterator[str]:
    for name in ("title", "short"):
        if not isinstance(text := getattr(method, name), str) or not text.strip():
            yield f"{name} is {text!r}, expected a text"
    if not isinstance(method.docs, str):
        yield f"docs is {method.docs!r}, expected a text"
    if not isinstance(method.of_layer, bool):
        yield f"of_layer is {method.of_layer!r}, expected True or False"
    if method.colours not in get_args(Colours):
        yield f"colours is {method.colours!r}, expected one of {', '.join(get_args(Colours))}"
    if not isinstance(method.function, str) or not _FUNCTION.fullmatch(method.function):
        yield f"function is {method.function!r}, expected 'module:function'"
    if method.options is not None:
        yield from _problems_of_options(method.options)


def _problems_of_options(options: object) -> Iterator[str]:
    if not isinstance(options, type) or not issubclass(options, BaseModel):
        yield f"options is {options!r}, expected a class derived from pydantic.BaseModel"
        return
    try:
        options.model_json_schema()
    except Exception as error:  # noqa: BLE001  (the model is a stranger's)
        yield f"options have no JSON schema: {type(error).__name__}: {error}"
