"""A process that deletes, restores or cleans up dies at each write: nothing needed is gone, nothing comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.delete import Wish, delete, restore
from dispatch.housekeeping.deletions import deleted_things
from dispatch.housekeeping.reference_graph import read_graph
from dispatch.job_index.build import job_ids
from jobs import keys
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.references import references_of
from jobs.housekeeping.thing import Thing, job_thing, prefixes_of
from jobs.identity import identity_keys
from jobs.job import Job
from jobs.lists import index_keys
from jobs.lists.index_row import IndexState
from tests.integration.dispatch.housekeeping.conftest import Died, Filled, MortalStore, explain

FILES = 6


class World:
    """A model, what uses it, a sweep with its trial, and a folder; and things that stay."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.store = MortalStore("deaths")
        self.store.put(index_keys.STATE, IndexState(complete=True).encode())
        self.filled = Filled(self.store)
        self.filled.folder()
        self.kept = self.filled.model(self.filled.job())
        self.model = self.filled.model(self.filled.job())
        self.uses_kept = self.filled.job(explain(self.kept))
        self.users = [self.filled.job(explain(self.model)), self.filled.job(explain(f"job:{self.model}"))]
        self.filled.pack()
        self.child = self.filled.job(parent=self.model)
        self.gone = {job_thing(each) for each in (self.model, self.child, *self.users)}

    def delete(self) -> None:
        delete(Wish(job_thing(self.model), with_dependents=True), self.store)

    def clean_up(self) -> None:
        clean_up(self.store, self.connection.board, now=datetime.now(UTC))

    def visible(self) -> set[Thing]:
        """Jobs that anybody sees."""
        hidden = deleted_things(self.store)
        return {job_thing(job_id) for job_id in job_ids(self.store)} - hidden

    def check(self) -> None:
        """What anybody sees is whole, and so is all that it refers to."""
        seen, hidden = self.visible(), deleted_things(self.store)
        assert {job_thing(self.kept), job_thing(self.uses_kept)} <= seen
        for thing in seen:
            assert len(list(self.store.list(keys.job(thing.name)))) == FILES
            for needed in references_of(Job.decode(self.store.get(keys.spec(thing.name)))):
                assert needed not in hidden
                assert any(list(self.store.list(prefix)) for prefix in prefixes_of(needed)[:1])
        assert set(read_graph(self.store).jobs) >= {thing.name for thing in seen}


def died_at(
    connection: Connection, action: Callable[[World], None], *, prepare: Callable[[World], None], after: bool
) -> list[World]:
    """One world for each write of an action, in which the process died there."""
    worlds = list[World]()
    while True:
        world = World(connection)
        prepare(world)
        world.store.writes, world.store.after, world.store.dies_at = 0, after, len(worlds) + 1
        try:
            action(world)
        except Died:
            world.store.dies_at = 0
            worlds.append(world)
        else:
            return worlds


def aged(world: World) -> None:
    world.delete()
    world.filled.age(26)


@pytest.mark.parametrize("after", [False, True])
def test_a_deletion_hides_what_uses_a_thing_before_the_thing(connection: Connection, after: bool) -> None:
    worlds = died_at(connection, World.delete, prepare=lambda _: None, after=after)
    assert len(worlds) == 4
    for world in worlds:
        world.check()
        if job_thing(world.model) not in deleted_things(world.store):
            world.delete()
        assert world.visible() & {job_thing(world.model), *map(job_thing, world.users)} == set()


@pytest.mark.parametrize("after", [False, True])
def test_what_is_restored_comes_back_before_what_uses_it(connection: Connection, after: bool) -> None:
    def restored(world: World) -> None:
        restore(job_thing(world.model), world.store)

    worlds = died_at(connection, restored, prepare=World.delete, after=after)
    assert len(worlds) == 4
    for world in worlds:
        world.check()


@pytest.mark.parametrize("after", [False, True])
def test_a_clean_up_removes_nothing_that_is_needed_and_leaves_nothing_of_what_was_deleted(
    connection: Connection, after: bool
) -> None:
    worlds = died_at(connection, World.clean_up, prepare=aged, after=after)
    assert len(worlds) > FILES * 4
    for world in worlds:
        world.check()
        assert not world.visible() & world.gone, "what is deleted comes back"
        world.clean_up()
        world.check()
        assert not world.visible() & world.gone
        left = [info.key for info in world.store.list("") if not info.key.startswith(identity_keys.AUDIT_PREFIX)]
        named = [key for key in left for thing in world.gone if thing.name in key]
        assert named == []
        assert not list(world.store.list(housekeeping_keys.DELETIONS_PREFIX))
        rows = read_graph(world.store).jobs
        assert set(rows) == {world.kept, world.uses_kept}
