"""The commands ``florescope datasets`` and ``florescope upload``."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json
from cli.errors import Usage
from florescope.errors import PictureRefused

if TYPE_CHECKING:
    from florescope.client import Client

FOLDERS = "store:datasets/"
UPLOADS_AT_ONCE = 8
SHOWN = 20


def datasets(as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List data sets: built in, prepared beside the API, and folders of pictures in the store."""
    from cli.display.dataset_text import print_datasets  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    with Client(api) as client:
        found = client.datasets()
    if as_json:
        print_json({"items": found})
    else:
        print_datasets(found)


def upload(
    folder: Annotated[Path, typer.Argument(help="Pictures, in a folder for each class or not.", file_okay=False)],
    *,
    to: Annotated[str, typer.Option(help=f"For example {FOLDERS}mine: what jobs will name the data set by.")],
    as_json: AsJson = False,
    api: Api = DEFAULT_API,
) -> None:
    """Put the pictures of a folder into the store, as a data set. What is there under the same name is replaced."""
    from florescope.client import Client  # noqa: PLC0415  (the HTTP client loads only when used)

    name = _name(to)
    pictures, ignored = _pictures(folder)
    with Client(api) as client:
        refused = _send(client, folder, pictures, name)
    sent = len(pictures) - len(refused)
    if as_json:
        print_json({"dataset": to, "pictures": sent, "ignored": len(ignored), "refused": refused})
    else:
        others = f", {len(ignored)} other files were left out" if ignored else ""
        typer.echo(f"{sent} pictures are in {to}{others}")
    if refused:
        raise PictureRefused(_told(refused))


def _name(to: str) -> str:
    """The name of the folder that ``--to`` means, which is one of pictures and not all of a project."""
    from jobs.names.file_name import name_problem  # noqa: PLC0415  (pydantic is slow to load)
    from jobs.names.project_name import data_set_folder, is_data_set  # noqa: PLC0415

    name = to.removeprefix(FOLDERS).strip("/")
    if not to.startswith(FOLDERS) or not name:
        raise Usage(f"--to {to}: expected {FOLDERS}<name>")
    if problem := name_problem(name):
        raise Usage(f"--to {to!r}: the name {problem}")
    if not is_data_set(data_set_folder(name)):
        raise Usage(f"--to {to}: that is all of a project: expected {FOLDERS}{name}/<name>")
    return name


def _told(refused: Mapping[str, str]) -> str:
    """The first pictures that were refused, each with the reason, and how many there are besides."""
    shown = [f"  {path!r}: {why}" for path, why in islice(refused.items(), SHOWN)]
    more = [f"  and {len(refused) - SHOWN} more; --json names all"] if len(refused) > SHOWN else []
    return "\n".join([f"{len(refused)} pictures were refused:", *shown, *more])


def _pictures(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures to send, and the other files."""
    from jobs.listings.image_listing import SUFFIXES, is_picture  # noqa: PLC0415  (pydantic is slow to load)

    if not folder.is_dir():
        raise Usage(f"{folder}: there is no such folder")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pictures = [path for path in files if is_picture(path.relative_to(folder).as_posix())]
    if not pictures:
        raise Usage(f"{folder}: there is no {', '.join(SUFFIXES)} in it")
    chosen = set(pictures)
    return pictures, [path for path in files if path not in chosen]


def _send(client: Client, folder: Path, pictures: list[Path], name: str) -> dict[str, str]:
    """Send several pictures at a time; return those that were refused, with the reason."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    def send(path: Path) -> tuple[str, str | None]:
        inside = _unicode(path.relative_to(folder).as_posix())
        return inside, _refusal(client, f"{name}/{inside}", path)

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        try:
            sent = list(pool.map(send, pictures))
        finally:
            pool.shutdown(cancel_futures=True)
    return {inside: reason for inside, reason in sent if reason is not None}


def _refusal(client: Client, name: str, path: Path) -> str | None:
    """Why a picture is not taken, or None where it was."""
    from jobs.names.file_name import name_problem  # noqa: PLC0415

    problem = name_problem(name)
    if problem is not None:
        return f"its name {problem}"
    try:
        client.put_picture(name, path.read_bytes())
    except PictureRefused as error:
        return str(error)
    return None


def _unicode(path: str) -> str:
    """A path as text; a part of it whose bytes are not UTF-8, as in old archives, gets a name that says which."""
    from jobs.names.file_name import legal_name  # noqa: PLC0415

    return "/".join(part if _is_unicode(part) else legal_name(part) for part in path.split("/"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
