"""The services of a worker process as one value: store, board, queue, leases."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dispatch.board import Board
from dispatch.connection import Connection
from dispatch.lease import Leases
from dispatch.step_queue import CeleryStepQueue
from dispatch.turns.dispatcher import Dispatcher
from dispatch.window import Windows
from jobs.version import VERSION
from store.base import ObjectStore
from store.s3.options import S3Options
from workers.step.job_events import JobEvents
from workers.tracking.mlflow_tracker import MlflowTracker


@dataclass(frozen=True)
class DataFolders:
    """Where data sets and pretrained weights lie.

    Attributes:
        tfds: data sets of TFDS on this machine; None: where it looks.
        weights: pretrained weights on this machine; None: where Keras looks.
        s3_prefixes: such as ``s3://bucket/pictures``: jobs may read pictures below them.
        s3: how to reach these.
    """

    tfds: Path | None = None
    weights: Path | None = None
    s3_prefixes: tuple[str, ...] = ()
    s3: S3Options = field(default_factory=S3Options)

    @property
    def data_dir(self) -> str | None:
        """The folder of data sets as ``ml`` takes it."""
        return str(self.tfds) if self.tfds else None


@dataclass(frozen=True)
class NoticeOptions:
    """How notices are sent.

    Attributes:
        public_url: where people find the pages, for links; empty where nobody said.
        private_hosts: names and addresses in the installation's own network to which notices may go.
    """

    public_url: str = ""
    private_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Services:
    """The store, the board, the queue and the folders of this process.

    Attributes:
        code_version: of the code that runs here, for example ``0.1.0+1a2b3c4d5e6f``.
        tracker: where jobs are recorded at their end, beside the store; None: nowhere.
    """

    store: ObjectStore
    board: Board
    leases: Leases
    windows: Windows
    queue: CeleryStepQueue
    dispatcher: Dispatcher
    events: JobEvents
    folders: DataFolders
    worker: str
    code_version: str
    notices: NoticeOptions = field(default_factory=NoticeOptions)
    tracker: MlflowTracker | None = None

    @classmethod
    def of(
        cls,
        connection: Connection,
        store: ObjectStore,
        *,
        worker: str,
        folders: DataFolders = DataFolders(),
        code_version: str = VERSION,
        notices: NoticeOptions = NoticeOptions(),
    ) -> Services:
        """What a worker of this name has, on a broker and a store."""
        return cls(
            store=store,
            board=connection.board,
            leases=connection.leases,
            windows=connection.windows,
            queue=connection.queue,
            dispatcher=connection.dispatcher,
            events=JobEvents(connection.celery, worker),
            folders=folders,
            worker=worker,
            code_version=code_version,
            notices=notices,
        )

    def window_size(self) -> int:
        """Steps that one job may have out: one for each live worker and one waiting behind them."""
        return max(2, self.board.workers.count() + 1)
