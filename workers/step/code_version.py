"""Which code does the work here: what its image says, or the package's version and, in a checkout, the commit."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def code_version() -> str:
    """For example ``0.1.0+1a2b3c4d5e6f``; without the part after the plus where no commit is known."""
    told = _CHECKOUT / "CODE_VERSION"  # written when an image is built, which holds no checkout
    if told.exists():
        return told.read_text(encoding="utf-8").strip()
    try:
        release = version("florescope")
    except PackageNotFoundError:
        release = "unreleased"
    commit = checked_out(_CHECKOUT)
    return f"{release}+{commit[:12]}" if commit else release


def checked_out(folder: Path) -> str | None:
    """The commit that is checked out in a folder (what is not committed is not told), or None."""
    try:
        git = _git_folder(folder)
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        return _resolved(_common(git), head.removeprefix("ref: "))
    except OSError:
        return None


def _git_folder(folder: Path) -> Path:
    place = folder / ".git"
    if place.is_dir():
        return place
    return folder / place.read_text(encoding="utf-8").removeprefix("gitdir:").strip()


def _common(git: Path) -> Path:
    """Where branches lie: a linked working tree has only its own HEAD."""
    pointer = git / "commondir"
    return git / pointer.read_text(encoding="utf-8").strip() if pointer.exists() else git


def _resolved(git: Path, reference: str) -> str | None:
    loose = git / reference
    if loose.exists():
        return loose.read_text(encoding="utf-8").strip()
    packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {reference}")), None)
