"""``audit.html``: the findings on one self-contained page: what they mean, then the pictures, then the numbers."""

from __future__ import annotations

import json
from pathlib import Path

from jobs.results.finding import TITLES, Effect, Findings
from jobs.results.verdicts.audit_verdict import audit_sentences, finding_id
from jobs.results.wording import unbroken_percent
from workers.inputs.undamaged import undamaged_bytes
from workers.kinds.audit.stages import FINDINGS
from workers.kinds.explain.report.pictures import data_uri
from workers.kinds.page.templates import template
from workers.step.job_kind import FinishContext

MOST_EXAMPLES = 8
"""At most so many wrong images are shown on the page; the others have pages of their own, as all images of the job."""


def audit_page(found: Findings, context: FinishContext) -> bytes:
    """The page as UTF-8."""
    model = context.plan.model
    shown = {
        "title": "What the model should not have learnt",
        "job": context.job,
        "found": found,
        "examples": found.by_example[:MOST_EXAMPLES],
        "model": model,
        "class_names": model.class_names if model else (),
        "verdict": audit_sentences(found),
        "pictures": _pictures(found, context),
        "titles": TITLES,
        "spec_text": json.dumps(context.job.spec.model_dump(mode="json"), indent=2, ensure_ascii=False),
    }
    return _TEMPLATE.render(shown).encode()


def _pictures(found: Findings, context: FinishContext) -> dict[str, str]:
    """The pictures of the findings as addresses that hold them, by name; none of those that are gone or damaged."""
    wanted = {each.picture for finding in found.findings for each in finding.evidence}
    for example in found.by_example[:MOST_EXAMPLES]:
        wanted |= {
            example.picture,
            example.likeness,
            *(near.picture for near in (*example.true_class, *example.predicted_class)),
        }
    files = {file.name: file for report in context.reports if report.step == FINDINGS for file in report.artifacts}
    pictures = {}
    for name in sorted(name for name in wanted if name in files):
        context.check()
        data = undamaged_bytes(files[name], context.services.store)
        if data is not None:
            pictures[name] = data_uri(data, "image/jpeg")
    return pictures


def effect_text(effect: Effect) -> str:
    """A measured share with its interval and its number of images."""
    bounds = f" ({unbroken_percent(effect.low)} to {unbroken_percent(effect.high)})" if effect.low is not None else ""
    return f"{unbroken_percent(effect.value)}{bounds} of {effect.n} images"


_TEMPLATE = template(Path(__file__).with_name("audit.html"), effect=effect_text, finding_id=finding_id)
