"""The exceptions of the command line, each with an exit code."""

from __future__ import annotations

from cli.exit_code import ExitCode


class CliError(Exception):
    """Ends the program with ``exit_code``; the message may have several lines."""

    exit_code = ExitCode.STACK_FAILED


class Usage(CliError):
    """The command line is not valid."""

    exit_code = ExitCode.USAGE


class NotConfirmed(CliError):
    """A question was not answered with yes."""

    exit_code = ExitCode.STOPPED


class StackFailed(CliError):
    """A service could not start, or ended unexpectedly."""


class DemoFailed(CliError):
    """Something in the demo did not work."""

    exit_code = ExitCode.JOB_FAILED
