"""Makes an admin's key of all projects, where the command line is not installed: ``python -m api.first_key NAME``."""

from __future__ import annotations

import sys
from datetime import timedelta

from pydantic import ValidationError

from dispatch.identity.key_ring import KeyRequest, create_key
from jobs.errors import JobError
from jobs.identity.api_key import KEY_NAME_IN_WORDS
from jobs.identity.role import Role
from jobs.names.project_name import ALL_PROJECTS
from settings import settings_of
from store.open_store import open_store

VALID_FOR = timedelta(days=365)


def main(arguments: list[str]) -> str:
    """The key, which is valid for a year.

    Raises:
        SystemExit: there is no name, or none that a key can have; the settings are of no use, or the store does not
            answer.
    """
    if len(arguments) != 1:
        sys.exit("say who will use the key: python -m api.first_key NAME")
    wanted = KeyRequest(arguments[0], Role.ADMIN, (ALL_PROJECTS,), valid_for=VALID_FOR)
    settings = settings_of("api.first_key")
    try:
        return create_key(wanted, open_store(settings.store_url, s3=settings.s3_options()))[1]
    except ValidationError:
        sys.exit(f"no key was made: {arguments[0]!r}: expected {KEY_NAME_IN_WORDS}, of 1 to 100 letters")
    except (JobError, OSError, ValueError) as error:
        sys.exit(f"no key was made: {' '.join(str(error).split())}")


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1:])}\n")
