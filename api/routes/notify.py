"""Sets where a project is told that its jobs are over, tries it, and shows what was sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.path_noun import NOUN
from api.http.problem_responses import problems
from api.routes.project_quotas import Project
from dispatch.notice.channels import new_secret, read_channel, read_channels, remove_channel, set_channel
from dispatch.notice.outbox import notices_of, put_test
from jobs.errors import InvalidSpec
from jobs.notice.address import LONGEST, check_address, shown_address
from jobs.notice.channel import CHANNEL, ENDS, Channel, ChannelKind
from jobs.notice.notice import Notice
from jobs.state import TERMINAL, JobState

router = APIRouter(prefix="/v1/projects/{project}", tags=["notices"])
Name = Annotated[str, Path(description="Name of the channel.", pattern=CHANNEL)]
_EXAMPLES: dict[str, Example] = {
    "webhook": {
        "summary": "A signed request when a job is over",
        "value": {"kind": "webhook", "url": "https://ci.example.org/hooks/florescope"},
    },
    "message": {
        "summary": "A message to a chat when a job failed",
        "value": {"kind": "message", "url": "slack://TokenA/TokenB/TokenC/#training", "states": ["failed"]},
    },
}


class NewChannel(BaseModel):
    """Where a project is to be told."""

    model_config = ConfigDict(extra="forbid")

    kind: ChannelKind = Field(description="A webhook is a signed request; a message goes to a chat or by mail.")
    url: str = Field(max_length=LONGEST, description="Address of a webhook, or of a message as apprise writes it.")
    states: tuple[JobState, ...] = Field(
        default=ENDS, min_length=1, description="In which a job must have ended.", max_length=len(ENDS)
    )
    every_job: bool = Field(
        default=True, strict=True, description="False: only jobs that name the channel in `notify`."
    )


class ChannelItem(BaseModel):
    """What can be known of a channel: of its address only what is no secret."""

    name: str
    kind: ChannelKind
    address: str = Field(description="Scheme and host of a webhook, the service of a message.")
    states: tuple[JobState, ...]
    every_job: bool
    created_at: datetime
    created_by: str


class MadeChannel(ChannelItem):
    """A channel that was set just now."""

    secret: str | None = Field(
        description="By which requests of a webhook are signed (Standard Webhooks). It is shown this once."
    )


class ChannelList(BaseModel):
    """Channels of a project."""

    items: list[ChannelItem]


class NoticeList(BaseModel):
    """Notices, the newest first."""

    items: list[Notice]


@router.get("/channels", responses=problems(404, 422, 503))
def get_channels(project: Project, backend: BackendOf) -> ChannelList:
    """Where the project is told that jobs are over."""
    return ChannelList(items=[_item(each) for each in read_channels(project, backend.store).channels])


@router.put(f"/channels/{{channel:{NOUN}}}", responses=problems(400, 404, 422, 503))
def put_channel(
    project: Project,
    channel: Name,
    wanted: Annotated[NewChannel, Body(openapi_examples=_EXAMPLES)],
    backend: BackendOf,
) -> MadeChannel:
    """Set a channel, in place of the one of the same name; a webhook gets a new secret, which is shown this once."""
    check_address(wanted.url, wanted.kind)
    going_on = [state.value for state in wanted.states if state not in TERMINAL]
    if going_on:
        ends = ", ".join(ENDS)
        raise InvalidSpec(f"a job that is {going_on[0]} is not over: name some of {ends}", field="states")
    made = Channel(
        name=channel,
        kind=wanted.kind,
        url=wanted.url,
        secret=new_secret() if wanted.kind == "webhook" else "",
        states=wanted.states,
        every_job=wanted.every_job,
        created_at=datetime.now(UTC),
        created_by=current_caller().name,
    )
    set_channel(project, made, backend.store)
    return MadeChannel(**_item(made).model_dump(), secret=made.secret or None)


@router.delete(f"/channels/{{channel:{NOUN}}}", status_code=204, responses=problems(404, 422, 503))
def delete_channel(project: Project, channel: Name, backend: BackendOf) -> None:
    """Tell nobody by this channel any more. What still waits to be sent by it is given up."""
    remove_channel(project, channel, backend.store)


@router.post("/channels/{channel}:test", status_code=202, responses=problems(404, 422, 503))
def test_channel(project: Project, channel: Name, backend: BackendOf) -> Notice:
    """Have a test sent within seconds; `GET /v1/projects/{project}/notices` says what came of it."""
    found = read_channel(project, channel, backend.store)
    return put_test(project, found, backend.store, asked_by=current_caller().name)


@router.get("/notices", responses=problems(404, 422, 503))
def get_notices(
    project: Project,
    backend: BackendOf,
    job_id: Annotated[str | None, Query(max_length=64, pattern=r"^\w+$", description="Only of this job.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="At most so many.")] = 50,
) -> NoticeList:
    """What was told of the last 30 days, or of one job, to whom, and how each try went; the newest first."""
    return NoticeList(items=notices_of(project, backend.store, job_id=job_id, limit=limit))


def _item(channel: Channel) -> ChannelItem:
    return ChannelItem(
        address=shown_address(channel.url, channel.kind), **channel.model_dump(exclude={"url", "secret"})
    )
