"""Index segments: rows of many jobs that are over, so that whoever starts reads few objects.

Entries become a segment of level 0 once there are many; ten segments of a level become one of the next. What is new
is written before what is old is removed, so a reader may see a job twice, and never misses it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import structlog
from pydantic import JsonValue

from dispatch.job_index.entries import read_facts, read_note, remarked, remove_entries
from dispatch.refusal import passed_over, unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.lists import index_keys
from jobs.lists.index_row import IndexRow, IndexSegment, IndexState
from jobs.lists.job_facts import JobFacts
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
ROWS = 100
"""Rows of a segment of level 0."""
FANOUT = 10
"""Segments of one level that become one of the next."""
_REVISION = JobFacts._fields.index("revision")


def segments(store: ObjectStore) -> list[str]:
    """Keys of all segments."""
    return [info.key for info in store.list(index_keys.SEGMENTS)]


def read_segment(key: str, store: ObjectStore) -> IndexSegment:
    """Its rows and facts.

    Raises:
        ObjectNotFound: it has become part of another one.
        Corrupt, NewerVersion: it cannot be read.
    """
    return IndexSegment.decode(store.get(key))


def write_segment(
    rows: Iterable[IndexRow], store: ObjectStore, *, level: int, facts: Mapping[str, list[JsonValue]] | None = None
) -> str:
    """Store rows as a segment; returns its key.

    Args:
        rows: of jobs that are over.
        store: where the index lies.
        level: of the segment.
        facts: by id; those that are not given are read from the jobs' documents.
    """
    ordered = tuple(sorted(rows))
    known = facts if facts is not None else facts_of_rows(ordered, store)
    key = index_keys.segment(level, uuid.uuid4().hex)
    store.put(key, IndexSegment(rows=ordered, facts=dict(known)).encode(), content_type="application/json")
    return key


def facts_of_rows(rows: Iterable[IndexRow], store: ObjectStore) -> dict[str, list[JsonValue]]:
    """The facts of those of these jobs whose documents can be read."""
    found = ((row.id, read_facts(row.id, store)) for row in rows)
    return {job_id: facts.row() for job_id, facts in found if facts is not None}


def newer_facts(first: list[JsonValue] | None, second: list[JsonValue]) -> list[JsonValue]:
    """Of two facts of one job, those that know the later revision of its remarks."""
    return first if first is not None and _revision(first) > _revision(second) else second


def _revision(facts: list[JsonValue]) -> int:
    found = facts[_REVISION] if len(facts) > _REVISION else 0
    return found if isinstance(found, int) else 0


def level_for(rows: int) -> int:
    """The level at which so many rows are at home."""
    level = 0
    while rows > ROWS * FANOUT**level:
        level += 1
    return level


def compact(
    ended: Sequence[IndexRow],
    store: ObjectStore,
    *,
    at_least: int = ROWS,
    renew: Callable[[], None] = no_lead,
    on_refusal: Callable[[str], None] | None = None,
) -> None:
    """Make a segment of the entries of jobs that are over, where there are many; then merge what has become many.

    Args:
        ended: their rows.
        store: where the index lies.
        at_least: so many are packed.
        renew: called again and again, since reading and writing may take long.
        on_refusal: called with the id of a job of which the store refuses a document; None: ``renew`` is called.
    """
    if len(ended) < at_least:
        return
    rows, facts = given_facts(ended, store, renew=renew, on_refusal=on_refusal)
    if not rows:
        return
    write_segment(rows, store, level=level_for(len(rows)), facts=facts)
    remove_entries(renewing(rows, renew), store)
    _settle_remarks(rows, facts, store, renew=renew)
    merge(store, renew=renew)


def given_facts(
    rows: Iterable[IndexRow],
    store: ObjectStore,
    *,
    renew: Callable[[], None],
    on_refusal: Callable[[str], None] | None = None,
) -> tuple[list[IndexRow], dict[str, list[JsonValue]]]:
    """Those rows whose jobs the store gives, and their facts; one of which it refuses a document stays an entry.

    What was noted of an import that broke off is forgotten: the next one notes it anew, perhaps for another project.
    ``on_refusal`` is called with the id of such a job; without it, ``renew`` is called.
    """
    given, facts = list[IndexRow](), dict[str, list[JsonValue]]()
    for row in renewing(rows, renew):
        refused = partial(on_refusal, row.id) if on_refusal else renew
        with passed_over(store, renew=refused, job_id=row.id):
            found = facts_of_rows([row], store)
            if not found and store.head(keys.spec(row.id)) is None:
                remove_entries([row], store)
                continue
            facts |= found
            given.append(row)
    return given, facts


def _settle_remarks(
    packed: Sequence[IndexRow], facts: Mapping[str, list[JsonValue]], store: ObjectStore, *, renew: Callable[[], None]
) -> None:
    """Forget what said that no segment knows the remarks of these jobs; it stays where they were changed meanwhile.

    Such a job gets its entry again: packing has removed the one by which lists were to find the change.
    """
    said = remarked(store)
    for row in renewing((each for each in packed if each.id in said), renew):
        with passed_over(store, renew=renew, job_id=row.id):
            note = read_note(row.id, store)
            if row.id not in facts or (note.revision if note else 0) == _revision(facts[row.id]):
                store.delete(index_keys.remarks(row.id))
            else:
                store.put(row.key, b"")


def merge(store: ObjectStore, *, renew: Callable[[], None] = no_lead) -> None:
    """Make one segment of ten, level by level."""
    by_level: dict[int, list[str]] = {}
    for key in segments(store):
        by_level.setdefault(index_keys.level_of_segment(key), []).append(key)
    level = 0
    while level <= max(by_level, default=-1):
        old = by_level.get(level, [])
        if len(old) >= FANOUT:
            by_level.setdefault(level + 1, []).extend(_merged(old, store, level=level + 1, renew=renew))
        level += 1


def _merged(old: Sequence[str], store: ObjectStore, *, level: int, renew: Callable[[], None]) -> list[str]:
    """The segment that was made of others; none where a later release wrote one of them.

    One that the store refuses stays as it is.
    """
    rows: dict[str, IndexRow] = {}
    facts: dict[str, list[JsonValue]] = {}
    refused = set[str]()
    for key in renewing(old, renew):
        try:
            segment = unless_refused(partial(read_segment, key, store), store, otherwise=None, renew=renew, key=key)
            if segment is None:
                refused.add(key)
                continue
            rows.update((row.id, row) for row in segment.rows)
            facts.update((job_id, newer_facts(facts.get(job_id), each)) for job_id, each in segment.facts.items())
        except ObjectNotFound:  # somebody else merges, too; the rows are in what that one writes
            continue
        except NewerVersion as error:
            _log.warning("index_not_merged", key=key, error=str(error))
            return []
        except Corrupt as error:
            _log.error("index_segment_damaged", key=key, error=str(error))
            begin_again(store)
    if len(old) - len(refused) <= 1:  # nothing to be made one
        return []
    made = write_segment(rows.values(), store, level=level, facts=facts)
    for key in renewing((each for each in old if each not in refused), renew):
        with passed_over(store, renew=renew, key=key):
            store.delete(key)
    return [made]


def drop_rows(job_ids: Collection[str], store: ObjectStore, *, go_on: Callable[[], bool]) -> bool:
    """Have the segments forget jobs that were removed; what is new is written before what is old is removed.

    False where ``go_on``, which is asked before each segment, said to stop before the end. A segment that cannot be
    read, or that the store refuses, keeps its rows: lists skip jobs that are not there.
    """
    for key in segments(store):
        if not go_on():
            return False
        with passed_over(store, key=key), suppress(ObjectNotFound, Corrupt, NewerVersion):
            _drop_rows_of(key, job_ids, store)
    return True


def _drop_rows_of(key: str, job_ids: Collection[str], store: ObjectStore) -> None:
    segment = read_segment(key, store)
    kept = [row for row in segment.rows if row.id not in job_ids]
    if len(kept) == len(segment.rows):
        return
    if kept:
        facts = {row.id: segment.facts[row.id] for row in kept if row.id in segment.facts}
        write_segment(kept, store, level=index_keys.level_of_segment(key), facts=facts)
    store.delete(key)


def begin_again(store: ObjectStore) -> None:
    """Have the index made again from the jobs, little by little; what it holds stays until then."""
    store.put(index_keys.STATE, IndexState().encode(), content_type="application/json")
