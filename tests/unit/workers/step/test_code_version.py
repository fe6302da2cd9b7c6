from __future__ import annotations

from pathlib import Path

import pytest

from workers.step.code_version import checked_out, code_version

COMMIT = "1a2b3c4d5e6f" + "0" * 28


def repository(folder: Path, head: str) -> Path:
    git = folder / ".git"
    git.mkdir(parents=True)
    (git / "HEAD").write_text(head + "\n", encoding="utf-8")
    return git


def test_the_commit_of_a_branch_is_found(tmp_path: Path) -> None:
    git = repository(tmp_path, "ref: refs/heads/main")
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "refs" / "heads" / "main").write_text(COMMIT + "\n", encoding="utf-8")
    assert checked_out(tmp_path) == COMMIT


def test_a_packed_branch_and_a_bare_commit_too(tmp_path: Path) -> None:
    git = repository(tmp_path / "packed", "ref: refs/heads/main")
    (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n", encoding="utf-8")
    repository(tmp_path / "detached", COMMIT)
    assert checked_out(tmp_path / "packed") == checked_out(tmp_path / "detached") == COMMIT


def test_a_linked_working_tree_has_its_own_head_and_the_branches_of_the_other(tmp_path: Path) -> None:
    git = repository(tmp_path / "main", "ref: refs/heads/main")
    linked = git / "worktrees" / "other"
    linked.mkdir(parents=True)
    (linked / "HEAD").write_text("ref: refs/heads/side\n", encoding="utf-8")
    (linked / "commondir").write_text("../..\n", encoding="utf-8")
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "refs" / "heads" / "side").write_text(COMMIT, encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {linked}\n", encoding="utf-8")
    assert checked_out(other) == COMMIT


@pytest.mark.parametrize("head", [None, "ref: refs/heads/nowhere"])
def test_no_commit_is_no_error(tmp_path: Path, head: str | None) -> None:
    if head:
        repository(tmp_path, head)
    assert checked_out(tmp_path) is None


def test_the_version_is_that_of_the_package() -> None:
    assert code_version()[0].isdigit() or code_version().startswith("unreleased")
