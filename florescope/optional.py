"""Imports packages that only some calls need, and says how to install one that is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from florescope.errors import MissingPackage


def optional(package: str, module: str = "") -> Any:
    """The package, which is also the name of the extra that installs it, or a module of it.

    Raises:
        MissingPackage: it is not installed.
    """
    try:
        return import_module(f"{package}.{module}" if module else package)
    except ImportError as error:
        raise MissingPackage(
            f"this needs {package}, which is not installed: pip install 'florescope[{package}]', "
            f"or pip install {package}"
        ) from error
