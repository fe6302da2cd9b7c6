"""The exceptions of the command line, each with an exit code."""

from __future__ import annotations

from cli.exit_code import ExitCode


class CliError(Exception):
    """Ends the program with ``exit_code``; the message may have several lines."""

    exit_code = ExitCode.STACK_FAILED


class Usage(CliError):
    """The command line is not valid."""

    exit_code = ExitCode.USAGE


class ApiUnreachable(CliError):
    """The API does not answer, or answers with a server error."""

    exit_code = ExitCode.API_UNREACHABLE


class Refused(CliError):
    """The API refused the request."""

    exit_code = ExitCode.REFUSED


class PictureRefused(Refused):
    """The API refused one picture; others may be taken."""


class DownloadIncomplete(CliError):
    """Some files could not be downloaded, or have the wrong contents."""

    exit_code = ExitCode.DOWNLOAD_INCOMPLETE


class StackFailed(CliError):
    """A service could not start, or ended unexpectedly."""


class DemoFailed(CliError):
    """Something in the demo did not work."""

    exit_code = ExitCode.JOB_FAILED
