"""Defines the exit codes of ``florescope``, which ``florescope --help`` lists."""

from __future__ import annotations

from enum import IntEnum

from florescope.errors import (
    ApiUnreachable,
    DownloadIncomplete,
    FlorescopeError,
    Refused,
)
from jobs.state import JobState


class ExitCode(IntEnum):
    """Exit codes, for scripts."""

    OK = 0
    STOPPED = 1
    USAGE = 2
    JOB_FAILED = 3
    JOB_CANCELLED = 4
    COMPLETED_WITH_ERRORS = 5
    API_UNREACHABLE = 6
    REFUSED = 7
    STACK_FAILED = 8
    DOWNLOAD_INCOMPLETE = 9
    LOCAL_FILE = 10
    FINDINGS = 11
    NOT_TAKEN = 12
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.STOPPED: "a question was not answered with yes, or nobody reads the output any more",
    ExitCode.USAGE: "wrong usage of the command line",
    ExitCode.JOB_FAILED: "the job failed",
    ExitCode.JOB_CANCELLED: "the job was cancelled",
    ExitCode.COMPLETED_WITH_ERRORS: "the job completed, some images failed",
    ExitCode.API_UNREACHABLE: "the API cannot be reached, or is not available (5xx)",
    ExitCode.REFUSED: "the API refused the request (4xx): the reason is on stderr",
    ExitCode.STACK_FAILED: "a service could not start, or ended by itself",
    ExitCode.DOWNLOAD_INCOMPLETE: "some files could not be fetched",
    ExitCode.LOCAL_FILE: "a file or folder of this machine cannot be read or written",
    ExitCode.FINDINGS: "an audit found what --fail-on does not accept",
    ExitCode.NOT_TAKEN: "a receiver of notices did not take a test",
    ExitCode.INTERRUPTED: "Ctrl-C",
    ExitCode.TERMINATED: "SIGTERM",
}


_OF_STATES = {
    JobState.COMPLETED_WITH_ERRORS: ExitCode.COMPLETED_WITH_ERRORS,
    JobState.FAILED: ExitCode.JOB_FAILED,
    JobState.CANCELLED: ExitCode.JOB_CANCELLED,
}
_OF_ERRORS: tuple[tuple[type[FlorescopeError], ExitCode], ...] = (
    (ApiUnreachable, ExitCode.API_UNREACHABLE),
    (Refused, ExitCode.REFUSED),
    (DownloadIncomplete, ExitCode.DOWNLOAD_INCOMPLETE),
)


def exit_code_of(state: JobState) -> ExitCode:
    """The exit code for a job in this state; OK while it is not over."""
    return _OF_STATES.get(state, ExitCode.OK)


def exit_code_for(error: FlorescopeError) -> ExitCode:
    """The exit code for an error of the client: wrong usage, unless something else is to blame."""
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), ExitCode.USAGE)


def explain_exit_codes() -> str:
    """All codes with what they mean."""
    return " · ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items())
