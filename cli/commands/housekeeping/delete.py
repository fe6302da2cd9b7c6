"""The commands ``florescope delete``, ``restore``, ``archive`` and ``deleted``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.complete_job import complete_job
from cli.commands.options import DEFAULT_API, Api, AsJson, print_json

if TYPE_CHECKING:
    from florescope.client import Client
    from florescope.http.connection import Json

THING_HELP = (
    "A job (its id, the beginning of it, or @last), model:ID, store:datasets/NAME, upload:SHA256 or features:DIGEST."
)
Things = Annotated[list[str], typer.Argument(metavar="THING...", help=THING_HELP, autocompletion=complete_job)]
DELETED_HELP = (
    "The whole id of a job, model:ID, store:datasets/NAME, upload:SHA256 or features:DIGEST: see florescope deleted."
)
DeletedThings = Annotated[list[str], typer.Argument(metavar="THING...", help=DELETED_HELP)]
WithDependents = Annotated[bool, typer.Option("--with-dependents", help="Also the jobs that use it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; --json never does.")]


def delete(
    things: Things,
    *,
    with_dependents: WithDependents = False,
    yes: Yes = False,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Delete jobs with their results and models, data sets, uploads or features. Within a day, restore brings back.

    What depends on them is named first. A thing that other jobs use is refused, unless they are to go, too.
    """
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        names = [_whole(client, name) for name in things]
        if not yes and not as_json:
            _ask(client, names, with_dependents=with_dependents)
        found = _told(_deleted(client, names, with_dependents=with_dependents), "deleted", quiet=as_json)
    if as_json:
        print_json({"items": found})
        return
    typer.echo(f"until {found[0]['until'][:16]} UTC, 'florescope restore' brings it back", err=True)


def restore(things: DeletedThings, *, as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """Bring back what was deleted within the last day, with all that was deleted with it."""
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        restored = (item for name in things for item in client.housekeeping.restore(name))
        found = _told(restored, "restored", quiet=as_json)
    if as_json:
        print_json({"items": found})


def archive(
    things: Things,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Have lists show them again.")] = False,
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Leave jobs, models or data sets out of the lists. They stay usable; no rule of retention touches them."""
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = []
        for name in [_whole(client, name) for name in things]:
            found.append(client.housekeeping.archive(name, archived=not undo))
            if not as_json:
                typer.echo(f"{'listed again' if undo else 'archived'}: {name}")
    if as_json:
        print_json({"items": found})


def deleted(as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List what is deleted and can still be restored."""
    from cli.display.housekeeping_text import print_deleted  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(api) as client:
        found = client.housekeeping.deleted()
    if as_json:
        print_json({"items": found})
    elif found:
        print_deleted(found)
    else:
        typer.echo("nothing is deleted", err=True)


def _told(items: Iterable[Json], done: str, *, quiet: bool) -> list[Json]:
    """All of these; each is told once it is done, since a later one may be refused."""
    found = []
    for item in items:
        found.append(item)
        if not quiet:
            typer.echo(f"{done}: {item['kind']} {item['name']}")
    return found


def _whole(client: Client, name: str) -> str:
    """The name of a thing, of a job its whole id."""
    from cli.job_reference import find_job  # noqa: PLC0415
    from florescope.housekeeping import names_a_job  # noqa: PLC0415

    return find_job(client, name).id if names_a_job(name) else name


def _deleted(client: Client, names: list[str], *, with_dependents: bool) -> Iterator[Json]:
    """What goes, name after name; what went with an earlier one is not asked for again."""
    gone = set[str]()
    for name in names:
        if name.removeprefix("model:") not in gone:
            for item in client.housekeeping.delete(name, with_dependents=with_dependents):
                gone.add(item["name"])
                yield item


def _ask(client: Client, names: list[str], *, with_dependents: bool) -> None:
    from cli.display.question import confirm  # noqa: PLC0415

    for name in names:
        if name.startswith(("upload:", "features:")):
            continue
        found = client.housekeeping.dependents(name)
        for job in found["parts"]:
            typer.echo(f"with {name} goes {job['kind']} {job['id']}, which it has started", err=True)
        for job in found["dependents"]:
            goes = " and goes with it" if with_dependents else ""
            typer.echo(f"{job['kind']} {job['id']} uses {name}{goes}", err=True)
    confirm(f"Delete {', '.join(names)}?", otherwise="nothing was deleted: answer with y, or give --yes")
