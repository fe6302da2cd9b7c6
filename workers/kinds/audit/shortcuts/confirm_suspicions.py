"""A stage of an audit that confirms its part of the suspicions by changing pictures and asking the model again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jobs.keys import step_order
from jobs.results.report import Report
from jobs.specs.audit_spec import AuditSpec
from ml.audit.shortcuts.confirmation import confirm
from ml.audit.shortcuts.suspicion import Predict
from ml.evaluation.feature_predictor import FeaturePredictor
from workers.kinds.audit.given.evidence import audited_images, evidence_of, maps_of
from workers.kinds.audit.given.forward_pass import predictor_of
from workers.kinds.audit.given.step_files import put_json, step_json
from workers.kinds.audit.shortcuts.find_suspicions import pictures_of
from workers.kinds.audit.shortcuts.suspected import confirmation_json, read_suspicion
from workers.kinds.audit.stages import CONFIRMATIONS, SUSPICIONS, await_steps
from workers.step.step_context import StepContext


def confirm_suspicions(spec: AuditSpec, context: StepContext) -> Report:
    """Store what interventions showed of every suspicion that falls to this step.

    Raises:
        Waiting: the suspicions are not known yet.
    """
    await_steps(context, (SUSPICIONS,))
    suspected = [read_suspicion(each) for each in step_json(context, SUSPICIONS)["suspicions"]]
    mine = range(step_order(context.step)[1], len(suspected), CONFIRMATIONS)
    seen = audited_images(context) if mine else None
    if seen is None:
        return context.report(artifacts=(put_json(context, []),))
    evidence = evidence_of(seen, maps_of(context, seen)[0])
    pictures = pictures_of(spec, context, seen)
    model = predictor_of(context.plan.used_model, context.services.store, batch_size=spec.batch_size)
    predict = _checked(model, context.pulse.check, classes=seen.logits.shape[1])
    found = []
    for number in mine:
        context.pulse.progress(0, message=f"changing pictures, suspicion {number + 1} of {len(suspected)}")
        confirmation = confirm(
            suspected[number], evidence, pictures, predict, seed=spec.seed, suspicions=len(suspected)
        )
        found.append(confirmation_json(confirmation, number=number))
    return context.report(artifacts=(put_json(context, found),))


def _checked(model: FeaturePredictor, check: Callable[[], None], *, classes: int) -> Predict:
    """The model's probabilities; looks between calls whether the step is to stop."""

    def predict(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        check()
        return model.probabilities(images) if len(images) else np.empty((0, classes), np.float32)

    return predict
