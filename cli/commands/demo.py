"""The command ``florescope demo``."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cli.demo.recipe import Recipe
    from cli.stack.layout import Layout
    from cli.stack.supervisor import Supervisor

ApiPort = Annotated[int | None, typer.Option(help="Port of the API.", show_default="a free one")]
FlowerPort = Annotated[int | None, typer.Option(help="Port of Flower.", show_default="a free one")]
RedisPort = Annotated[int | None, typer.Option(help="Port of Redis.", show_default="a free one")]
Keep = Annotated[bool, typer.Option("--keep", envvar="KEEP", help="Leave the stack up afterwards, until Ctrl-C.")]


def demo(
    keep: Keep = False,
    data_dir: Annotated[Path, typer.Option(help="Each run gets a new folder in it.")] = Path("var/demo"),
    within_s: Annotated[float, typer.Option(help="Seconds after which to give up.", min=1)] = 1800,
    api_port: ApiPort = None,
    flower_port: FlowerPort = None,
    redis_port: RedisPort = None,
) -> None:
    """Run the main job end to end on a stack of its own: train, explain, show where to look.

    With TFDS_DATA_DIR set and oxford_flowers102 in it: real flowers; otherwise drawn ones. Ports that are not
    given are chosen among the free ones. Writes summary.json; exit code 0 only if everything worked.
    """
    from cli.demo.recipe import choose_recipe  # noqa: PLC0415
    from cli.stack.layout import Layout, Ports, local_store_url  # noqa: PLC0415
    from cli.stack.passwords import Passwords  # noqa: PLC0415
    from cli.stack.ports import free_ports  # noqa: PLC0415
    from cli.stack.run_stack import running_stack  # noqa: PLC0415
    from cli.stack.stack_settings import read_settings, stop_grace_s  # noqa: PLC0415

    started = time.monotonic()
    settings = read_settings()
    summary_file = data_dir.absolute() / "summary.json"
    summary_file.unlink(missing_ok=True)
    folder = data_dir.absolute() / "runs" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    free = free_ports(3)
    ports = Ports(api=api_port or free[0], flower=flower_port or free[1], redis=redis_port or free[2])
    layout = Layout(
        folder=folder,
        store_url=local_store_url(folder),
        ports=ports,
        passwords=Passwords.of(settings),
        identity="none",  # nobody has a key of a store that is new
    )
    recipe = choose_recipe(settings.tfds_data_dir)
    with running_stack(layout, grace_s=stop_grace_s(settings), say=typer.echo) as supervisor:
        typer.echo(f"the demo works on {recipe.train['dataset']}; watch it here:\n{layout.addresses()}")
        _run(recipe, layout, supervisor, within_s=within_s, summary_file=summary_file, started=started)
        if keep:
            typer.echo("the stack stays up: Ctrl-C stops it")
            supervisor.watch()


def _run(
    recipe: Recipe,
    layout: Layout,
    supervisor: Supervisor,
    *,
    within_s: float,
    summary_file: Path,
    started: float,
) -> None:
    from cli.demo.recipe import IMAGES_EXPLAINED  # noqa: PLC0415
    from cli.demo.run_jobs import run_jobs  # noqa: PLC0415
    from cli.demo.summary import require_success, summarize_demo  # noqa: PLC0415
    from cli.display.progress_display import progress_display  # noqa: PLC0415
    from florescope.client import Client  # noqa: PLC0415

    with Client(layout.api_url) as client, progress_display() as display:
        jobs = run_jobs(client, recipe, display=display, check=supervisor.check, within_s=within_s)
    wall_s = time.monotonic() - started
    summary = summarize_demo(*jobs, wall_s=wall_s, store_url=layout.store_url)
    summary_file.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    _print_summary(summary, layout, summary_file)
    require_success(summary, jobs, images=IMAGES_EXPLAINED)


def _print_summary(summary: dict[str, Any], layout: Layout, summary_file: Path) -> None:
    for name, value in summary.items():
        typer.echo(f"  {name:<22} {f'{value:.4g}' if isinstance(value, float) else value}")
    job_id = summary["job_ids"]["explain"]
    typer.echo(
        f"where to look (KEEP=1 leaves the pages up):\n{layout.addresses()}\n"
        f"  heatmaps        {layout.api_url}/jobs/{job_id}\n"
        f"  their files     {layout.folder / 'store' / 'jobs' / job_id}\n"
        f"  summary         {summary_file}"
    )
