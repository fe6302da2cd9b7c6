from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from store.scratch import PREFIX, sweep_scratch

ROOT = Path(__file__).resolve().parents[3]
HOLD = (
    "import tempfile, time; from store.scratch import use_own_scratch; use_own_scratch();"
    "file = tempfile.NamedTemporaryFile(prefix='upload-'); print(file.name, flush=True); {then}"
)


def process(place: Path, then: str) -> tuple[subprocess.Popen[str], Path]:
    environment = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(then=then)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    return started, Path(started.stdout.readline().strip())


def test_what_a_killed_process_left_goes_when_the_next_one_starts_and_no_other(tmp_path: Path) -> None:
    killed, left = process(tmp_path, "time.sleep(600)")
    lives, held = process(tmp_path, "time.sleep(600)")
    with killed, lives:
        assert left.exists()
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert left.exists()
        next_one, own = process(tmp_path, "time.sleep(600)")
        with next_one:
            assert not left.exists()
            assert not left.parent.exists()
            assert held.exists()
            assert own.exists()
            next_one.kill()
        lives.kill()


def test_a_process_that_ends_in_order_leaves_nothing(tmp_path: Path) -> None:
    done, _ = process(tmp_path, "pass")
    with done:
        assert done.wait(30) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_lock_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}new").mkdir()
    assert sweep_scratch(tmp_path) == 0
    assert (tmp_path / f"{PREFIX}new").exists()
