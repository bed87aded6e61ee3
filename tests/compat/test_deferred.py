"""What importing Keras no longer imports, and that it is there when it is asked for."""

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from epochal.compat import deferred
from epochal.compat.deferred import DEFERRED, TAKEN, collection_paused

MAKE_PACKAGE = {
    "__init__.py": "loaded = []\nfrom slow.part import number\n",
    "part.py": "import slow\nslow.loaded.append('part')\nnumber = 7\n",
    "broken.py": "raise RuntimeError('broken')\n",
}

DEFER = "import sys; from epochal.compat.deferred import defer_imports; defer_imports()\n"


def in_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Imports a package `slow` that is deferred, with a part that it imports itself."""
    (tmp_path / "slow").mkdir()
    for name, text in MAKE_PACKAGE.items():
        (tmp_path / "slow" / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(deferred, "DEFERRED", {"slow": "", "slow.broken": ""})
    monkeypatch.setattr(sys, "meta_path", [deferred._Finder(), *sys.meta_path])
    yield import_module
    for name in [name for name in sys.modules if name.split(".")[0] == "slow"]:
        deferred._loads.pop(name, None)
        del sys.modules[name]


def test_keras_comes_without_what_few_of_its_functions_need() -> None:
    heavy = ["matplotlib", "sklearn", "scipy.linalg", "h5py._hl", "requests.sessions"]
    heavy += ["jax._src.pallas.mosaic", "keras._tf_keras.keras"]
    code = f"{DEFER}import epochal, keras; print([m for m in {heavy} if m in sys.modules])"
    assert in_new_process(code) == "[]"


def test_scikit_learn_comes_without_distributions_and_without_all_its_estimators() -> None:
    heavy = ["scipy.stats._stats_py", "scipy.interpolate._bsplines", "numpy.testing._private"]
    heavy += ["sklearn.ensemble", "pytest"]
    code = f"""{DEFER}
from epochal.data.preprocessing.table import TablePreprocessor
print([m for m in {heavy} if m in sys.modules])
from scipy.stats import norm, rankdata
from sklearn.metrics import _ranking
print(norm.cdf(0), _ranking.rankdata([3, 1]).tolist(), rankdata is not _ranking.rankdata)
from skops import io
from sklearn.tree import DecisionTreeClassifier
stored = io.dumps(DecisionTreeClassifier(max_depth=3))
print(io.get_untrusted_types(data=stored), io.loads(stored).max_depth)
"""
    assert in_new_process(code).splitlines() == ["[]", "0.5 [2.0, 1.0] True", "[] 3"]


@pytest.mark.slow
def test_every_deferred_module_is_there_when_it_is_asked_for() -> None:
    code = f"""{DEFER}
import epochal, keras
from importlib import import_module
from epochal.compat import deferred
for name in {list(DEFERRED)}:
    module = import_module(name)
    assert len(dir(module)) > 8 and module.__spec__.loader is module.__loader__, name
    assert not hasattr(vars(module).get("__getattr__"), "__self__"), name
for name, taken in {TAKEN}.items():
    assert all(hasattr(import_module(name), each) for each in taken)
assert not deferred._loads, deferred._loads
print(keras.wrappers.SKLearnClassifier.__name__, keras.visualization.plot_image_gallery.__name__)
"""
    assert in_new_process(code) == "SKLearnClassifier plot_image_gallery"


@pytest.mark.parametrize("command", ["train", "predict", "evaluate"])
def test_a_command_imports_no_distributions_of_scipy_and_leaves_nothing_to_collect(
    command: str,
) -> None:
    code = f"""{DEFER}
import gc
from epochal.compat.deferred import import_for_good
import_for_good("epochal.runs.{command}")
print([m for m in ("scipy.stats._stats_py", "matplotlib") if m in sys.modules], gc.isenabled())
frozen = gc.get_freeze_count()
print(frozen > 20 * len(gc.get_objects()))
again = import_for_good("epochal.runs.{command}")
print(again is sys.modules["epochal.runs.{command}"], gc.get_freeze_count() <= frozen)
"""
    assert in_new_process(code).splitlines() == ["[] True", "True", "True True"]


def test_the_library_leaves_imports_as_they_are() -> None:
    code = """
import sys, epochal
print([finder for finder in sys.meta_path if type(finder).__module__.startswith("epochal")])
"""
    assert in_new_process(code) == "[]"


def test_a_package_and_its_parts_are_loaded_once(package: Callable[[str], Any]) -> None:
    part = package("slow.part")  # its package imports it first
    slow = package("slow")
    assert slow.loaded == ["part"]
    assert slow.part is part
    assert part.__spec__.loader.name == "slow.part"
    assert slow.number == 7


def test_asking_loads_and_looking_at_the_names_loads(package: Callable[[str], Any]) -> None:
    slow = package("slow")
    assert "number" not in vars(slow)
    assert "number" in dir(slow)
    with pytest.raises(AttributeError, match="nothing"):
        _ = slow.nothing


def test_what_cannot_be_loaded_says_so_each_time(package: Callable[[str], Any]) -> None:
    broken = package("slow.broken")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken"):
            _ = broken.anything


def test_threads_that_ask_at_once_get_the_loaded_module(package: Callable[[str], Any]) -> None:
    slow = package("slow")
    seen: list[int] = []
    threads = [Thread(target=lambda: seen.append(slow.number)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [7] * 8
    assert slow.loaded == ["part"]


def test_collection_goes_on_after_an_import_and_stays_off_where_it_was() -> None:
    with collection_paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
