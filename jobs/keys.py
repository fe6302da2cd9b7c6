"""Builds the object keys of jobs, models, data sets and what belongs to them; draws the tree of the whole store.

::

    jobs/<job_id>/spec.json                         the submitted job with its specification (Job)
    jobs/<job_id>/plan.json                         the steps (Plan)
    jobs/<job_id>/listing.json                      the pictures of a folder in the store (ImageListing)
    jobs/<job_id>/cancel                            exists once the job was asked to stop
    jobs/<job_id>/attempts/<step>/<attempt>/...     immutable data: heatmaps, raw maps, checkpoints
    jobs/<job_id>/checkpoints/<step>.json           pointer to the newest checkpoint of an unfinished step
    jobs/<job_id>/kept/<step>.json                  finished images of an unfinished shard (KeptShard)
    jobs/<job_id>/suspects/<step>.json              images under way when a worker died
    jobs/<job_id>/trials.json                       the trainings that a sweep has started (TrialRuns)
    jobs/<job_id>/explanation.json                  the job that an audit has started (StartedExplanation)
    jobs/<job_id>/reports/<step>.json               commit marker of a step (Report)
    jobs/<job_id>/manifest.json                     final index (Manifest)
    jobs/<job_id>/errors.jsonl                      one line per image that failed
    jobs/<job_id>/results.parquet, figures/..., ... files of the job as a whole, listed in the manifest
    jobs/<job_id>/end.json                          terminal state, written once (JobEnd)
    jobs/<job_id>/note.json                         name, tags and notes that people gave it (JobNote)
    jobs/<job_id>/turn.json                         its priority, its deadline and whether it is paused (JobTurn)
    jobs/<job_id>/heatmaps_removed.json             its pictures and raw maps are gone (HeatmapsRemoved)
    jobs/<job_id>/log.json                          the last lines of its log, once it is over (StoredLog)
    models/<model_id>.json                          a published model (PublishedModel)
    features/<digest>.npz                           features of a frozen backbone for a split, shared by all jobs
    uploads/<sha256>, uploads/<project>/<sha256>    a file that a user sent, as it came
    datasets/<folder>/..., datasets/@<project>/...  pictures that users put there
    dataset_records/<folder>.json                   who made a folder, and when (DatasetRecord)
    active/<job_id>                                 exists while the job is not over
    paused_queues/<queue>.json                      a queue from which nothing is taken (QueuePause)
    idempotency/<digest>.json                       which job an Idempotency-Key made
    index/entries/<job_id>.<kind>.<state>.<parent>  what lists need of a job; all of it is in the key
                                                    (and .@<project>, where that is not "default")
    index/segments/<level>-<id>.json                the same of many jobs that are over (IndexSegment)
    index/remarks/<job_id>                          a job whose remarks (note.json) no segment knows yet
    index/state.json                                whether the index holds all jobs (IndexState)
    identity/keys/<key_id>.json                     an API key, without its secret (ApiKey)
    identity/quotas/<project>.json                  what a project may do (ProjectQuota)
    identity/weights/<project>.json                 how large its share of the workers is (ProjectWeight)
    identity/session_secret                         by which the cookies of sessions are signed
    audit/<date>/<event_id>.json                    who did what, never changed (AuditEvent)
    notices/channels/<project>.json                 where a project is told that jobs are over (ProjectChannels)
    notices/waiting/<project>/<notice_id>           exists while a notice is to be sent
    notices/sent/<project>/<notice_id>.json         what is told, and how each try went (Notice)
    deletions/<kind>/<name>.json                    a thing that is deleted, until it is really gone (Deletion)
    archived/<kind>/<name>                          exists while a thing that is no job is archived
    identity/retention/<project>.json               how long what a project has is kept (RetentionPolicy)
    identity/shared_retention.json                  how long features are kept (SharedRetentionPolicy)
    usage.json                                      what lay in the store when it was counted last (Usage)

``index/`` is derived: it can be removed, and is then made again from ``jobs/`` and ``active/``.

The other keys are built in ``jobs.lists.index_keys``, ``jobs.identity.identity_keys``, ``jobs.notice.notice_keys``
and ``jobs.housekeeping.housekeeping_keys``.
"""

from __future__ import annotations

ACTIVE_PREFIX = "active/"
JOBS_PREFIX = "jobs/"
MODELS_PREFIX = "models/"
DATASETS_PREFIX = "datasets/"
FEATURES_PREFIX = "features/"
DATASET_RECORDS = "dataset_records/"
PAUSED_QUEUES_PREFIX = "paused_queues/"
UPLOADS_PREFIX = "uploads/"
IDEMPOTENCY_PREFIX = "idempotency/"


def job(job_id: str) -> str:
    """Prefix of all that belongs to a job."""
    return f"{JOBS_PREFIX}{job_id}/"


def spec(job_id: str) -> str:
    """Key of the job's specification."""
    return f"{job(job_id)}spec.json"


def plan(job_id: str) -> str:
    """Key of the job's steps."""
    return f"{job(job_id)}plan.json"


def listing(job_id: str) -> str:
    """Key of the list of pictures in the job's folder."""
    return f"{job(job_id)}listing.json"


def cancel(job_id: str) -> str:
    """Key whose existence asks the job to stop."""
    return f"{job(job_id)}cancel"


def end(job_id: str) -> str:
    """Key of the terminal state."""
    return f"{job(job_id)}end.json"


def note(job_id: str) -> str:
    """Key of what people wrote beside the job."""
    return f"{job(job_id)}note.json"


def turn(job_id: str) -> str:
    """Key of the priority, the deadline and the pause of a job."""
    return f"{job(job_id)}turn.json"


def log(job_id: str) -> str:
    """Key of the log of a job that is over."""
    return f"{job(job_id)}log.json"


def heatmaps_removed(job_id: str) -> str:
    """Key of what is said once the heatmaps of a job were removed."""
    return f"{job(job_id)}heatmaps_removed.json"


def attempts(job_id: str) -> str:
    """Prefix of what all attempts at the steps of a job wrote."""
    return f"{job(job_id)}attempts/"


def attempt(job_id: str, step: str, attempt_id: str) -> str:
    """Prefix of the immutable data that one attempt at a step writes."""
    return f"{attempts(job_id)}{step}/{attempt_id}/"


def is_immutable(key: str) -> bool:
    """Whether the object of this key never changes once it is there."""
    return key.startswith(JOBS_PREFIX) and key.split("/")[2:3] == ["attempts"]


def checkpoint(job_id: str, step: str) -> str:
    """Key of the pointer to the newest checkpoint of a step."""
    return f"{job(job_id)}checkpoints/{step}.json"


def kept(job_id: str, step: str) -> str:
    """Key of the list of finished images of an unfinished shard."""
    return f"{job(job_id)}kept/{step}.json"


def suspect(job_id: str, step: str) -> str:
    """Key of the note that says which image an attempt is working on, after a worker died."""
    return f"{job(job_id)}suspects/{step}.json"


def trials(job_id: str) -> str:
    """Key of the list of trainings that a sweep has started."""
    return f"{job(job_id)}trials.json"


def explanation(job_id: str) -> str:
    """Key that says which explanation an audit has started."""
    return f"{job(job_id)}explanation.json"


def reports(job_id: str) -> str:
    """Prefix of the job's commit markers."""
    return f"{job(job_id)}reports/"


def report(job_id: str, step: str) -> str:
    """Key of the commit marker of a step."""
    return f"{reports(job_id)}{step}.json"


def step_of_report(key: str) -> str:
    """The step whose commit marker has this key."""
    return key.rsplit("/", 1)[-1].removesuffix(".json")


def step_order(step: str) -> tuple[str, int]:
    """By what steps are sorted: shards by their numbers, which have more than five digits where there are many."""
    name, _, number = step.rpartition("-")
    return (name, int(number)) if number.isdecimal() else (step, 0)


def manifest(job_id: str) -> str:
    """Key of the final index."""
    return f"{job(job_id)}manifest.json"


def errors(job_id: str) -> str:
    """Key of the list of failed images, one JSON object a line."""
    return f"{job(job_id)}errors.jsonl"


def file(job_id: str, name: str) -> str:
    """Key of a file of the job as a whole."""
    return f"{job(job_id)}{name}"


def model(model_id: str) -> str:
    """Key of a published model."""
    return f"{MODELS_PREFIX}{model_id}.json"


def features(digest: str) -> str:
    """Key of features of a frozen backbone, named after the digest of everything that they depend on."""
    return f"{FEATURES_PREFIX}{digest}.npz"


def digest_of_features(key: str) -> str:
    """The digest from which ``features`` made this key."""
    return key.removeprefix(FEATURES_PREFIX).removesuffix(".npz")


def upload(sha256: str, project: str = "default") -> str:
    """Key of a file that a user sent, by its digest; ``project`` is the one that it was sent for."""
    return f"{UPLOADS_PREFIX}{sha256}" if project == "default" else f"{UPLOADS_PREFIX}{project}/{sha256}"


def dataset_record(folder: str) -> str:
    """Key of what is known of a folder below ``datasets/``."""
    return f"{DATASET_RECORDS}{folder}.json"


def paused_queue(queue: str) -> str:
    """Key that exists while a queue is paused."""
    return f"{PAUSED_QUEUES_PREFIX}{queue}.json"


def queue_of_pause(key: str) -> str:
    """The queue that ``paused_queue`` made this key from."""
    return key.removeprefix(PAUSED_QUEUES_PREFIX).removesuffix(".json")


def active(job_id: str) -> str:
    """Key that exists while the job is not over."""
    return f"{ACTIVE_PREFIX}{job_id}"


def job_of_active(key: str) -> str:
    """The job that an ``active/`` key names."""
    return key.removeprefix(ACTIVE_PREFIX)


def idempotency(digest: str) -> str:
    """Key of the job that an Idempotency-Key made."""
    return f"{IDEMPOTENCY_PREFIX}{digest}.json"
