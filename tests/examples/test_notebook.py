"""The notebook of examples/ runs in a kernel, and shows what it promises."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "first_steps.ipynb"


def shown(cell: Any, kind: str) -> list[str]:
    return [each["data"][kind] for each in cell["outputs"] if kind in each.get("data", {})]


def test_it_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.slow
def test_first_steps(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    _, _, fit, run, curve, table, scores, estimator = [
        cell for cell in notebook.cells if cell.cell_type == "code"
    ]
    # One line that has changed, and the diagnosis; nothing was printed.
    assert [each["output_type"] for each in fit["outputs"]] == ["display_data"]
    (text,) = shown(fit, "text/plain")
    assert text.startswith("epoch 30/30  loss ")
    assert len(text.splitlines()) == 2
    for cell in (run, curve, table, estimator):
        assert "data:image/png" in shown(cell, "text/html")[-1]
    assert "report.html" in shown(table, "text/html")[-1]
    assert "accuracy" in shown(scores, "text/html")[-1]
    assert not [
        each for cell in notebook.cells for each in cell.get("outputs", []) if "text" in each
    ]
