"""The commands ``florescope datasets`` and ``florescope upload``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import DEFAULT_API, Api, AsJson, print_json
from cli.errors import Usage

if TYPE_CHECKING:
    from cli.client.api_client import ApiClient

FOLDERS = "store:datasets/"
UPLOADS_AT_ONCE = 8


def datasets(as_json: AsJson = False, api: Api = DEFAULT_API) -> None:
    """List data sets: built in, prepared beside the API, and folders of pictures in the store."""
    from cli.client.api_client import ApiClient  # noqa: PLC0415  (the HTTP client loads only when used)
    from cli.display.dataset_text import print_datasets  # noqa: PLC0415

    with ApiClient(api) as client:
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
    from cli.client.api_client import ApiClient  # noqa: PLC0415  (the HTTP client loads only when used)

    name = to.removeprefix(FOLDERS).strip("/")
    if not to.startswith(FOLDERS) or not name:
        raise Usage(f"--to {to}: expected {FOLDERS}<name>")
    pictures, ignored = _pictures(folder)
    with ApiClient(api) as client:
        _send(client, folder, pictures, name)
    if as_json:
        print_json({"dataset": to, "pictures": len(pictures), "ignored": len(ignored)})
    else:
        others = f", {len(ignored)} other files were left out" if ignored else ""
        typer.echo(f"{len(pictures)} pictures are in {to}{others}")


def _pictures(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures to send, and the other files."""
    from jobs.image_listing import SUFFIXES, is_picture  # noqa: PLC0415  (pydantic is slow to load)

    if not folder.is_dir():
        raise Usage(f"{folder}: there is no such folder")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pictures = [path for path in files if is_picture(path.relative_to(folder).as_posix())]
    if not pictures:
        raise Usage(f"{folder}: there is no {', '.join(SUFFIXES)} in it")
    chosen = set(pictures)
    return pictures, [path for path in files if path not in chosen]


def _send(client: ApiClient, folder: Path, pictures: Sequence[Path], name: str) -> None:
    """Send several pictures at a time; stop at the first that is refused."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    def send(path: Path) -> None:
        client.put_picture(f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        under_way = [pool.submit(send, path) for path in pictures]
        try:
            for each in under_way:
                each.result()
        finally:
            pool.shutdown(cancel_futures=True)
