"""Comparison as a kind of job: one step reads the results of two jobs and says where they differ."""

from __future__ import annotations

from jobs import keys
from jobs.plan import Plan
from jobs.results.comparison.summary import summarize_comparison
from jobs.results.report import Report
from jobs.specs.compare_spec import CompareSpec
from workers.inputs.job_results import ended_job
from workers.step.job_kind import JobKind, PlanContext, of_reports
from workers.step.step_context import StepContext


def plan(spec: CompareSpec, context: PlanContext) -> Plan:
    """One step of as many images as the first job has.

    Raises:
        InvalidSpec: a job does not exist, failed or was cancelled, or the two cannot be compared.
    """
    store = context.services.store
    first = ended_job(spec.first_job_id, store, field="first")
    second = ended_job(spec.second_job_id, store, field="second")
    spec.check_results({"first": first.spec, "second": second.spec})
    plans = [Plan.decode(store.get(keys.plan(job.id))) for job in (first, second)]
    return context.plan(total=plans[0].total, unit="images", model=plans[0].model, baseline=plans[1].model)


def run(spec: CompareSpec, context: StepContext) -> Report:
    """Compare; pyarrow and scipy are loaded here, when the first step needs them. TensorFlow never is."""
    from workers.kinds.compare.compare_jobs import compare_jobs  # noqa: PLC0415

    return compare_jobs(spec, context)


COMPARE = JobKind(CompareSpec, make_plan=plan, run_step=run, summarize=of_reports(summarize_comparison))
