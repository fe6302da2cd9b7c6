"""Labels the folders of a data set by the classes of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.errors import InvalidSpec
from workers.inputs.class_names import alike, are_numbered, composed, matched

_SHOWN = 5


@dataclass(frozen=True)
class FolderLabels:
    """Which class each folder is.

    Attributes:
        labels: class index by folder; none where no folder is a class.
        left_out: why no picture has a label; empty where pictures have.
    """

    labels: Mapping[str, int]
    left_out: str = ""

    def own_names(self, class_names: Sequence[str]) -> dict[int, str]:
        """How the data set spells classes that the model spells otherwise, by label."""
        return {index: name for name, index in self.labels.items() if composed(name) != composed(class_names[index])}


def numbered_labels(own: Sequence[str], class_names: Sequence[str] | None) -> FolderLabels:
    """Labels by the order of a data set's own classes, which are numbers, or are all that counts.

    Args:
        own: the classes of the data set, in label order.
        class_names: of the model that will see them; None where there is none yet.
    """
    if class_names is not None and len(own) != len(class_names):
        return FolderLabels({}, f"model and data set have {len(class_names)} and {len(own)} classes")
    return FolderLabels({name: index for index, name in enumerate(own)})


def folder_labels(
    folders: Sequence[str], class_names: Sequence[str], *, dataset: str, what: str = "folders"
) -> FolderLabels:
    """Find the class of the same name for each folder; none at all where no folder is a class.

    Args:
        folders: the data set's own names of classes.
        class_names: the model's.
        dataset: its name, for messages.
        what: holds the data set's names: ``folders`` or ``classes``.

    Raises:
        InvalidSpec: some folders are classes, and some are not.
    """
    found = dict(zip(folders, matched(folders, class_names), strict=True))
    labels = {folder: index for folder, index in found.items() if index is not None}
    unknown = [folder for folder in folders if folder not in labels]
    if labels and unknown:
        raise InvalidSpec(
            f"data set {dataset!r}: of its {what}, {_listed(unknown)} are no classes of the model, and {len(labels)} "
            f"others are{_alike(unknown, class_names)}: name all as the model does ({_listed(class_names)}), or none",
            field="dataset",
        )
    return FolderLabels(labels, "" if labels else _left_out(folders, class_names, what=what))


def _left_out(folders: Sequence[str], class_names: Sequence[str], *, what: str) -> str:
    if not folders:
        nothing = "lie in no folders that could say what they are" if what == "folders" else "have no labels"
        return f"the pictures of the data set {nothing}"
    one = "folder" if what == "folders" else "class"
    apart = f"no {one} of the data set ({_listed(folders)}) is a class of the model ({_listed(class_names)})"
    if are_numbered(class_names):
        return f"{apart}, whose classes have no names: import it again with names"
    return f"{apart}{_alike(folders, class_names)}"


def _alike(folders: Sequence[str], class_names: Sequence[str]) -> str:
    """Which folders may be meant for a class that is spelt a little differently."""
    pairs = alike(class_names, folders)
    told = "; ".join(f"the model says {name!r}, the data set {folder!r}" for name, folder in pairs[:_SHOWN])
    return f" ({told})" if told else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")
