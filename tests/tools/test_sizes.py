"""The table of sizes, on a planted tree."""

from pathlib import Path

import pytest

from tools.imports import modules_below
from tools.private_names import private_uses
from tools.sizes import table

BRANCHES = "\n".join(f"    if x == {i}:\n        y += {i}" for i in range(16))
PYTHON = {
    "__init__.py": "",
    "a/__init__.py": "",
    "a/one.py": f'''class Big:
    def __init__(self, x, y):
        self._x = x

    def second(self):
        """Two lines of documentation.

        And more."""
        return self._x

    @classmethod
    def third(cls, a, b, c, *, d):
        from pkg.a import two

        return two.f(d)

def many(x):
    y = 0
{BRANCHES}
    return y
''',
    "a/two.py": "from pkg.a import one\nfrom pkg.b import three\ndef f(x): one.Big(x, three)\n",
    "b/__init__.py": "",
    "b/three.py": "from pkg.a import one\n@app.command()\ndef run(a, b, c, d, e): pass\n",
    "compat/_keras.py": "from keras.src.models.functional import Functional\n",
    "b/four.py": "from keras.src.models import functional\nmodel._nodes\nmodel._nodes\n",
}
CPP = {
    "network.h": """#pragma once
namespace epochal {
template <typename T>
class Network {
 public:
  int forward(const T* x, long rows) { return rows > 0 ? 1 : 0; }
  int backward(const T* x);
};
}  // namespace epochal
""",
    "network.cpp": """#include "network.h"
namespace epochal {
template <typename T>
int Network<T>::backward(const T* x) {
  // if if if if if if if if if if if if if if if if if
  for (int i = 0; i < 3; ++i) {
    if (x[i] && x[0]) return i;
  }
  return 0;
}
int free_function(int a, int b, int c) { return a + b + c; }
}  // namespace epochal
""",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder, files in (("pkg", PYTHON), ("cpp", CPP)):
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "row",
    [
        "| files | 8 | 2 |",
        "| longest file | 51 (a/one.py) | 12 (network.cpp) |",
        "| longest function body | 34 (`many`, a/one.py) | 7 (`Network::backward`, network.cpp) |",
        "| most methods of a class | 3 (`Big`) | 2 (`Network`) |",
        "| most positional arguments | 3 (`third`, a/one.py) | 3 (`free_function`, network.cpp) |",
        "| functions of a cyclomatic complexity over 15 | 1 (`many` 17) | 0 |",
        "| import cycles of modules | 1 (pkg.a.one ↔ pkg.a.two ↔ pkg.b.three) |  |",
        "| import cycles of packages | 1 (pkg.a ↔ pkg.b) |  |",
        "| private names of other libraries outside `compat` | 3: 2 names in 1 files |  |",
    ],
)
def test_every_row(tree: Path, row: str) -> None:
    assert row in table(tree / "pkg", tree / "cpp").splitlines()


def test_without_cpp_there_is_nothing_to_count(tree: Path) -> None:
    assert "| files | 8 | 0 |" in table(tree / "pkg", tree / "nowhere")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import jax._src.core", ["jax._src.core"]),
        ("from jax.extend.core import Literal", ["jax.extend.core.Literal"]),
        ("from sklearn.utils.validation import _check_sample_weight",
         ["sklearn.utils.validation._check_sample_weight"]),
        ("from sklearn.utils import check_array", []),
        ("model._functional", ["_functional"]),
        ("getattr(model, '_functional')", ["_functional"]),
        ("class A:\n    def f(self):\n        self._own = 1\n        return self._own", []),
        ("class A(Layer):\n    def f(self):\n        return self._of_keras", ["_of_keras"]),
        ("model._learning_rate = 1", ["_learning_rate"]),
        ("Point(1)._replace(x=2)", []),
        ("model.__class__", []),
    ],
)  # fmt: skip
def test_private_names_of_others(tmp_path: Path, source: str, names: list[str]) -> None:
    (tmp_path / "file.py").write_text(source)
    assert [use.name for use in private_uses(modules_below(tmp_path, "pkg"))] == names
