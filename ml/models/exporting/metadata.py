"""What an exported file says of itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

LABELS, DOCUMENT = "labels.txt", "florescope.json"


@dataclass(frozen=True)
class ExportMetadata:
    """What whoever runs the file needs to know.

    Attributes:
        model_id: of the published model.
        class_names: in the order of the probabilities.
        sha256: of the published file.
        florescope: version of the code that wrote the file.
    """

    model_id: str
    class_names: tuple[str, ...]
    sha256: str
    florescope: str
    input: str = "uint8, RGB, (N, height, width, 3)"
    output: str = "float32 probabilities, (N, classes)"

    def document(self) -> dict[str, Any]:
        """All of it as JSON."""
        return asdict(self)

    def texts(self) -> dict[str, str]:
        """All of it as texts by name, the class names as a JSON list."""
        return {**self.document(), "class_names": json.dumps(self.class_names, ensure_ascii=False)}

    def files(self) -> dict[str, str]:
        """All of it as files by name: one with a class name a line, one as a JSON document."""
        lines = "".join(f"{' '.join(name.splitlines())}\n" for name in self.class_names)
        return {LABELS: lines, DOCUMENT: json.dumps(self.document(), ensure_ascii=False, indent=2) + "\n"}
