from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cli.errors import StackFailed
from cli.stack.ports import free_ports
from cli.stack.service import Service
from cli.stack.supervised import RestartRules
from cli.stack.supervisor import Supervisor

ENVIRONMENT = dict(os.environ)
SLEEP = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); {SLEEP}"
ROOT = Path(__file__).resolve().parents[4]


def _service(name: str, code: str, *, ready: Callable[[], bool] | None = None, port: int | None = None) -> Service:
    command = (sys.executable, "-c", code)
    return Service(name, command, ENVIRONMENT, port=port, port_setting="--that-port", ready=ready)


AT_ONCE = RestartRules(first_pause_s=0.01, longest_pause_s=0.02)


def _run(supervisor: Supervisor, service: Service) -> None:
    supervisor.start([[service]])
    supervisor.watch()


def _said_up(folder: Path, name: str) -> Callable[[], bool]:
    return lambda: "up" in (folder / f"{name}.log").read_text()


def _eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def test_leaving_stops_all_in_the_opposite_order_of_starting(tmp_path: Path) -> None:
    note = (
        "import signal, sys, time;"
        "signal.signal(signal.SIGTERM, lambda *_: (open({path!r}, 'a').write({name!r}), sys.exit()))"
    )
    path = str(tmp_path / "order")
    services = [
        _service(
            name,
            f"{note.format(path=path, name=name)}; {SLEEP.removeprefix('import time; ')}",
            ready=_said_up(tmp_path, name),
        )
        for name in "abc"
    ]
    with Supervisor(log_folder=tmp_path, grace_s=30) as supervisor:
        supervisor.start([[service] for service in services])
        pids = supervisor.process_ids().values()
        assert all(psutil.pid_exists(pid) for pid in pids)
    assert Path(path).read_text() == "cba"
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_child_that_cannot_start_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    doomed = _service("doomed", "import sys; print('out of cheese'); sys.exit(41)")
    said: list[str] = []
    with Supervisor(log_folder=tmp_path, grace_s=5, say=said.append, rules=AT_ONCE) as supervisor:
        supervisor.start([[_service("steady", SLEEP)]])
        steady = supervisor.process_ids()["steady"]
        with pytest.raises(StackFailed, match=r"(?s)doomed ended with exit code 41, as after each of 5.*out of cheese"):
            _run(supervisor, doomed)
    assert not psutil.pid_exists(steady)
    assert len([line for line in said if "it is started again" in line]) == 4


def test_only_the_lines_of_this_run_are_quoted(tmp_path: Path) -> None:
    (tmp_path / "doomed.log").write_text("of an earlier run\n")
    supervisor = Supervisor(log_folder=tmp_path, grace_s=5, rules=AT_ONCE)
    with supervisor, pytest.raises(StackFailed) as failed:
        _run(supervisor, _service("doomed", "raise SystemExit('now')"))
    assert "now" in str(failed.value)
    assert "earlier" not in str(failed.value)


def _watch_until(supervisor: Supervisor, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        supervisor.check()
        time.sleep(0.01)


def test_a_killed_child_is_started_again_and_the_others_run_on(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(log_folder=tmp_path, grace_s=5, say=said.append, rules=AT_ONCE) as supervisor:
        supervisor.start([[_service("steady", SLEEP)], [_service("victim", SLEEP)]])
        before = supervisor.process_ids()
        os.kill(before["victim"], signal.SIGKILL)
        _watch_until(supervisor, lambda: supervisor.process_ids()["victim"] != before["victim"])
        assert supervisor.process_ids()["steady"] == before["steady"]
        assert _alive(supervisor.process_ids()["victim"])
    assert [line for line in said if line.startswith("victim was killed by SIGKILL: it is started again in 0.01 s")]


def test_a_child_that_has_run_is_never_given_up_and_its_pauses_grow(tmp_path: Path) -> None:
    said: list[str] = []
    rules = RestartRules(first_pause_s=0.01, longest_pause_s=0.04, early_s=0)
    with Supervisor(log_folder=tmp_path, grace_s=5, say=said.append, rules=rules) as supervisor:
        supervisor.start([[_service("weak", "raise SystemExit(3)")]])
        _watch_until(supervisor, lambda: len(said) >= 7)
    pauses = [line.partition(" again in ")[2].partition(" s ")[0] for line in said[:7]]
    assert pauses == ["0.01", "0.02", "0.04", "0.04", "0.04", "0.04", "0.04"]


def test_after_it_has_run_well_the_pause_is_the_first_again(tmp_path: Path) -> None:
    said: list[str] = []
    rules = RestartRules(first_pause_s=0.01, well_after_s=0, early_s=0)
    with Supervisor(log_folder=tmp_path, grace_s=5, say=said.append, rules=rules) as supervisor:
        supervisor.start([[_service("weak", "raise SystemExit(3)")]])
        _watch_until(supervisor, lambda: len(said) >= 4)
    assert all("again in 0.01 s" in line for line in said[:4])


def test_what_a_dead_child_leaves_behind_ends_before_the_next_one_starts(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, grace_s=5, rules=AT_ONCE) as supervisor:
        family = _service("family", FAMILY, ready=lambda: (tmp_path / "family.log").read_text() == "up\nup\n")
        supervisor.start([[family]])
        first = supervisor.process_ids()["family"]
        (orphan,) = psutil.Process(first).children()
        os.kill(first, signal.SIGKILL)
        _watch_until(supervisor, lambda: supervisor.process_ids()["family"] != first)
        assert _eventually(lambda: not _alive(orphan.pid))


def test_children_that_will_not_stop_are_killed_with_their_families(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, grace_s=0.2) as supervisor:
        family = _service("family", FAMILY, ready=lambda: (tmp_path / "family.log").read_text() == "up\nup\n")
        supervisor.start([[_service("stubborn", STUBBORN, ready=_said_up(tmp_path, "stubborn")), family]])
        parent = psutil.Process(supervisor.process_ids()["family"])
        everyone = [*supervisor.process_ids().values(), *(child.pid for child in parent.children())]
        assert len(everyone) == 3
    assert _eventually(lambda: not any(_alive(pid) for pid in everyone))


def test_a_taken_port_is_one_clear_line_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        tiers = [[_service("first", SLEEP)], [_service("second", SLEEP, port=port)]]
        with pytest.raises(StackFailed) as failed, Supervisor(log_folder=tmp_path, grace_s=5) as supervisor:
            supervisor.start(tiers)
    message = str(failed.value)
    assert all(word in message for word in (str(port), "second", "--that-port"))
    assert len(message.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_two_services_on_one_port_are_refused(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with (
        pytest.raises(StackFailed, match=f"port {port} for b .*the port of a"),
        Supervisor(log_folder=tmp_path, grace_s=5) as supervisor,
    ):
        supervisor.start([[_service("a", SLEEP, port=port), _service("b", SLEEP, port=port)]])


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StackFailed, match="gone cannot be started: /no/such/program"),
        Supervisor(log_folder=tmp_path, grace_s=5) as supervisor,
    ):
        supervisor.start([[Service("gone", ("/no/such/program",), ENVIRONMENT)]])


def test_a_service_that_never_gets_ready_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(StackFailed, match="slow is not ready"),
        Supervisor(log_folder=tmp_path, grace_s=5) as supervisor,
    ):
        supervisor.start([[_service("slow", SLEEP, ready=lambda: False)]], ready_within_s=0.2)


def test_time_for_which_the_machine_was_suspended_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, looks = time.monotonic, list[float]()
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 3600 * len(looks))

    def ready_at_the_third_look() -> bool:
        looks.append(clock())
        return len(looks) == 3

    with Supervisor(log_folder=tmp_path, grace_s=5) as supervisor:
        supervisor.start([[_service("slow", SLEEP, ready=ready_at_the_third_look)]])
    assert len(looks) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl(2)")
def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    with _supervising(tmp_path) as (supervisor, child):
        supervisor.kill()
        supervisor.wait()
        assert _eventually(lambda: not _alive(child))


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_signals_to_the_supervisor_stop_its_children(
    tmp_path: Path, number: signal.Signals, code: int, background: bool
) -> None:
    with _supervising(tmp_path, background=background) as (supervisor, child):
        supervisor.send_signal(number)
        assert supervisor.wait(30) == code
        assert not _alive(child)


class _supervising:  # noqa: N801  (used like a function)
    """A supervisor in a process of its own, with one sleeping child."""

    def __init__(self, folder: Path, *, background: bool = False) -> None:
        ctrl_c = "signal.SIG_IGN" if background else "signal.default_int_handler"
        code = (
            "import os, signal, sys; from pathlib import Path; from cli.stack.service import Service;"
            "from cli.stack.run_stack import exit_on_signals; from cli.stack.supervisor import Supervisor\n"
            # A shell has what it starts in the background ignore Ctrl-C.
            f"signal.signal(signal.SIGINT, {ctrl_c})\n"
            f"with exit_on_signals(), Supervisor(log_folder=Path({str(folder)!r}), grace_s=5) as it:\n"
            f"    it.start([[Service('child', (sys.executable, '-c', {SLEEP!r}), dict(os.environ))]])\n"
            "    print(it.process_ids()['child'], flush=True)\n"
            "    it.watch()\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        self.child = int(self.process.stdout.readline())

    def __enter__(self) -> tuple[subprocess.Popen[bytes], int]:
        return self.process, self.child

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
