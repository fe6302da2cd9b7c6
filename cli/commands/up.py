"""The command ``florescope up``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ApiPort = Annotated[int | None, typer.Option(help="[env var: FLORESCOPE_API_PORT]", show_default="8000")]
FlowerPort = Annotated[int | None, typer.Option(help="[env var: FLORESCOPE_FLOWER_PORT]", show_default="5555")]
RedisPort = Annotated[int | None, typer.Option(help="[env var: FLORESCOPE_REDIS_PORT]", show_default="6379")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder of store, Redis and logs. [env var: FLORESCOPE_DATA_DIR]", show_default="var"),
]
Workers = Annotated[
    int, typer.Option(min=1, max=64, help="That train and explain; one more does only what somebody waits for.")
]


def up(
    api_port: ApiPort = None,
    flower_port: FlowerPort = None,
    redis_port: RedisPort = None,
    data_dir: DataDir = None,
    workers: Workers = 1,
) -> None:
    """Run the whole stack on loopback until Ctrl-C: Redis, workers, scheduler, API, Flower."""
    from cli.stack.layout import Layout, Ports, local_store_url  # noqa: PLC0415
    from cli.stack.passwords import Passwords  # noqa: PLC0415
    from cli.stack.run_stack import running_stack  # noqa: PLC0415
    from cli.stack.stack_settings import read_settings, stop_grace_s  # noqa: PLC0415

    settings = read_settings()
    folder = (data_dir or settings.data_dir).absolute()
    elsewhere = settings.store_url if "store_url" in settings.model_fields_set else None
    layout = Layout(
        folder=folder,
        store_url=elsewhere or local_store_url(folder),
        ports=Ports(
            api=api_port or settings.api_port,
            flower=flower_port or settings.flower_port,
            redis=redis_port or settings.redis_port,
        ),
        passwords=Passwords.of(settings),
        workers=workers,
    )
    with running_stack(layout, grace_s=stop_grace_s(settings), say=typer.echo) as supervisor:
        typer.echo(f"Florescope is up; Ctrl-C stops it.\n{layout.addresses()}")
        supervisor.watch()
