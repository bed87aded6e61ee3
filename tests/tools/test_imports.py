"""The graph of imports, on a small package with every way of importing."""

from pathlib import Path

import pytest

from tools.imports import ImportGraph, cycles, modules_below

FILES = {
    "__init__.py": "__version__ = '1'\nfrom pkg.fits import fit\nfrom pkg import plots\n",
    "errors.py": "",
    "fits/__init__.py": "from pkg.fits.fit import fit\nfrom pkg.fits.run import Run\n",
    "fits/fit.py": "from .run import Run\ndef fit():\n    from pkg import errors\n",
    "fits/run.py": "import os\nclass Run: pass\n",
    "plots/__init__.py": "import lazy_loader\n",
    "plots/__init__.pyi": "from .curves import curve\n",
    "plots/curves.py": "import pkg.errors\ndef curve(): pass\n",
    "engine/__init__.py": "",
    "engine/program.py": "from pkg.engine import _native\n",
    "engine/_native.pyi": "",
}


def graph_of(folder: Path, files: dict[str, str]) -> ImportGraph:
    for name, text in files.items():
        path = folder / "pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return ImportGraph(modules_below(folder / "pkg", "pkg"))


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("from pkg.fits import fit", {"pkg.fits.fit"}),
        ("from pkg import fit", {"pkg.fits.fit"}),
        ("import pkg\npkg.fit()", {"pkg.fits.fit"}),
        ("import pkg as p\np.plots.curve()", {"pkg.plots.curves"}),
        ("from pkg import plots\nplots.curve()", {"pkg.plots.curves"}),
        ("from pkg.plots import curve", {"pkg.plots.curves"}),
        ("import pkg\nprint(pkg.__version__)", {"pkg"}),
        ("import pkg\ngetattr(pkg, 'fit')", {"pkg"}),
        ("import pkg", {"pkg"}),
        ("import pkg.errors", {"pkg.errors"}),
        ("from pkg import errors", {"pkg.errors"}),
        ("def late():\n    from pkg.errors import InputError", {"pkg.errors"}),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .fits import Run",
            {"pkg.fits.run"},
        ),
        ("from .engine import _native", {"pkg.engine._native"}),
        ("import numpy.linalg", set()),
    ],
)
def test_an_import_leads_to_where_the_name_is_defined(
    tmp_path: Path, source: str, imported: set[str]
) -> None:
    graph = graph_of(tmp_path, FILES | {"user.py": source})
    assert graph.imports["pkg.user"] == imported


def test_a_lazy_package_imports_what_its_stub_names(tmp_path: Path) -> None:
    assert graph_of(tmp_path, FILES).imports["pkg.plots"] == {"pkg.plots.curves"}


def test_distances_count_imports(tmp_path: Path) -> None:
    distances = graph_of(tmp_path, FILES).distances("pkg.fits")
    assert distances == {"pkg.fits": 0, "pkg.fits.fit": 1, "pkg.fits.run": 1, "pkg.errors": 2}


def test_a_graph_of_layers_has_no_cycles(tmp_path: Path) -> None:
    assert cycles(graph_of(tmp_path, FILES).imports) == []


def test_cycles_are_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert cycles(edges) == [["d", "e"], ["a", "b", "c"]]
