"""Suspicions and their confirmations as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ml.audit.shortcuts.confirmation import Confirmation
from ml.audit.shortcuts.effect import Effect
from ml.audit.shortcuts.suspicion import Place, Suspicion

_EFFECTS = ("pasted", "pasted_random", "removed", "removed_random")


def suspicion_json(suspicion: Suspicion) -> dict[str, Any]:
    """A suspicion as JSON takes it."""
    return asdict(suspicion)


def confirmation_json(confirmation: Confirmation, *, number: int) -> dict[str, Any]:
    """What interventions showed of the suspicion with this number."""
    found = asdict(confirmation)
    return {"number": number, **{name: value for name, value in found.items() if name != "suspicion"}}


def read_suspicion(document: Mapping[str, Any]) -> Suspicion:
    """A suspicion as ``suspicion_json`` wrote it."""
    place, places = document["place"], document.get("places", ())
    read = {
        "images": tuple(document["images"]),
        "place": Place(**place) if place else None,
        "places": tuple(Place(**each) for each in places),
    }
    return Suspicion(**{**document, **read})


def read_confirmation(document: Mapping[str, Any], suspicion: Suspicion) -> Confirmation:
    """A confirmation as ``confirmation_json`` wrote it."""
    read: dict[str, Any] = {name: Effect(**value) if name in _EFFECTS else value for name, value in document.items()}
    del read["number"]
    return Confirmation(suspicion=suspicion, **read)
