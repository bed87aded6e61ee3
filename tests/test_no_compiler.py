"""epochal is installed where there is no compiler, works, and says what it lacks."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
USED = """
import sys
# An editable installation stands before every path.
sys.meta_path = [each for each in sys.meta_path if "Redirecting" not in type(each).__name__]
sys.path.insert(0, sys.argv[1])
import epochal, keras, numpy as np
from epochal.errors import InputError
assert epochal.__file__.startswith(sys.argv[1]), epochal.__file__
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
run = epochal.fit(model, np.ones((8, 3)), np.ones((8, 1)), verbose=0)
print(run.engine, "|", run.engine_reason)
try:
    epochal.fit(model, np.ones((8, 3)), np.ones((8, 1)), verbose=0, engine="native")
except InputError as error:
    print(error)
"""


@pytest.mark.slow
def test_an_installation_without_a_compiler_works_on_xla(tmp_path):
    wheels, installed, source = (tmp_path / name for name in ("wheels", "installed", "source"))
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.so"))
    for name in ("pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    # CMake would find a compiler outside of the PATH, too.
    hidden = os.environ | {"CXX": str(tmp_path / "no-compiler"), "CC": str(tmp_path / "none")}
    pip += ["--config-settings", f"build-dir={tmp_path / 'build'}", "--wheel-dir", str(wheels)]
    subprocess.run([*pip, str(source)], env=hidden, check=True)
    (wheel,) = wheels.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".so")]
        archive.extractall(installed)
    found = subprocess.run(
        [sys.executable, "-c", USED, str(installed)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    ran, refused = found.stdout.splitlines()
    assert ran.startswith("xla | xla runs any Keras model; not native, because")
    assert refused.startswith(
        "engine='native' cannot run this, because epochal was installed where no"
    )
