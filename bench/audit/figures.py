"""The figures of an audit, out of the outcomes of many: each share with its n and Wilson's 95 % interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bench.audit.case import CLEAN, SOURCES
from bench.audit.plants import PLANTS
from bench.audit.trial import Outcome
from ml.evaluation.predictions import wilson_interval

STRONG = 0.4
"""Twice the least effect of what counts as used: of what lies near that bound, chance decides what is found."""


def shortcut_recall(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of planted things that the network uses, how many are named as a shortcut of the right class."""
    used = [each for each in outcomes if each.used]
    by_plant = {name: _share(each.found for each in used if each.case.plant == name) for name in PLANTS}
    by_source = {source: _share(each.found for each in used if each.case.source == source) for source in SOURCES}
    by_share = {
        f"{share:.0%}": _share(each.found for each in used if each.case.share == share) for share in (0.95, 0.5)
    }
    return {
        "shortcut_recall": _share(each.found for each in used),
        "shortcut_recall_of_strong": _share(each.found for each in used if each.strength >= STRONG),
        "shortcut_recall_of_weak": _share(each.found for each in used if each.strength < STRONG),
        "shortcut_recall_by_plant": by_plant,
        "shortcut_recall_by_source": by_source,
        "shortcut_recall_by_share": by_share,
    }


def shortcut_place(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of planted things with a place that the network uses, how many are named at that place (IoU of 0.3)."""
    placed = [each for each in outcomes if each.used and each.place_found is not None]
    named = [each for each in placed if each.found]
    return {
        "shortcut_place": _share(bool(each.place_found) for each in placed),
        "shortcut_place_of_named": _share(bool(each.place_found) for each in named),
    }


def false_alarms(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What is called a shortcut and is none: per clean model, per plant that is not used, and beside one that is."""
    groups = {
        "clean": [each for each in outcomes if each.case.plant == CLEAN],
        "unused": [each for each in outcomes if each.used is False],
        "beside_used": [each for each in outcomes if each.used],
    }
    return {f"false_alarms_{name}": _alarms(group) for name, group in groups.items()}


def _share(values: Iterable[bool]) -> dict[str, Any]:
    kept = list(values)
    low, high = wilson_interval(sum(kept), len(kept))
    share = round(sum(kept) / len(kept), 3) if kept else None
    return {"share": share, "count": sum(kept), "of": len(kept), "low": round(low, 3), "high": round(high, 3)}


def _alarms(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Findings per model, and the share of models that have one."""
    findings = sum(each.false_alarms for each in outcomes)
    per_model = round(findings / len(outcomes), 3) if outcomes else None
    return {"findings": findings, "per_model": per_model, "models": _share(each.false_alarms > 0 for each in outcomes)}
