"""The files that TensorBoard's projector reads."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np

from epochal.callbacks.projector import Points

ENTRY = re.compile(r"^(?=embeddings \{)", re.MULTILINE)
BREAKS = re.compile(r"[\t\r\n]+")  # a tab ends a column of the file of names, a line a name


def write_points(folder: Path, step: int, points: Mapping[str, Points]) -> None:
    """Write the points and their names, and list each once in the projector's configuration.

    Points of the same name and step that an earlier fit left in this folder are replaced.
    """
    listed = folder / "projector_config.pbtxt"
    config = listed.read_text(encoding="utf-8") if listed.exists() else ""
    for name, (values, labels) in points.items():
        place = f"{step:05d}/{quote(name, safe='')}"
        (folder / place).mkdir(parents=True, exist_ok=True)
        table = np.asarray(values, np.float64)
        np.savetxt(folder / place / "tensors.tsv", table, fmt="%.9g", delimiter="\t")
        lines = [("tensor_name", f"{name}:{step:05d}"), ("tensor_path", f"{place}/tensors.tsv")]
        if labels is not None:
            names = "".join(BREAKS.sub(" ", label) + "\n" for label in labels)
            (folder / place / "metadata.tsv").write_text(names, encoding="utf-8")
            lines.append(("metadata_path", f"{place}/metadata.tsv"))
        config = _with_entry(config, lines)
    listed.write_text(config, encoding="utf-8")


def _with_entry(config: str, lines: list[tuple[str, str]]) -> str:
    """`config` with an entry of these lines, in the place of one that begins with the same."""
    written = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines]
    kept = [entry for entry in ENTRY.split(config) if written[0] not in entry]
    return "".join([*kept, "embeddings {\n", *written, "}\n"])
