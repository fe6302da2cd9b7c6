"""What can go wrong on the command line: a message for stderr, and an exit code."""

from __future__ import annotations

from cli.exit_code import ExitCode


class CliError(Exception):
    """Ends the program with ``exit_code``; the message may have several lines."""

    exit_code = ExitCode.STACK_FAILED


class Usage(CliError):
    """What was typed cannot be used."""

    exit_code = ExitCode.USAGE


class ApiUnreachable(CliError):
    """Nothing answers, or it answers that it cannot at the moment."""

    exit_code = ExitCode.API_UNREACHABLE


class Refused(CliError):
    """The API understood and said no."""

    exit_code = ExitCode.REFUSED


class DownloadIncomplete(CliError):
    """Some files could not be fetched, or were not what they should be."""

    exit_code = ExitCode.DOWNLOAD_INCOMPLETE


class StackFailed(CliError):
    """A service could not start, or ended by itself."""


class DemoFailed(CliError):
    """The demo ran, and something of it did not work."""

    exit_code = ExitCode.JOB_FAILED
