"""What is said where Keras does not run on JAX; Keras on NumPy needs nothing else installed."""

import os
import subprocess
import sys

import pytest


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    others = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=others | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_keras_on_another_backend_is_told_with_what_to_do():
    ended = run("import keras, epochal", KERAS_BACKEND="numpy")
    assert ended.stderr.splitlines()[-1] == (
        "ImportError: epochal needs Keras on JAX, got Keras on 'numpy': import epochal before "
        "keras, or set KERAS_BACKEND=jax. A script that stays on 'numpy' can run `epochal train`, "
        "or an estimator, in a process of its own."
    )


def test_another_backend_in_the_environment_is_told_with_what_to_do():
    ended = run("import epochal", KERAS_BACKEND="torch")
    assert "got Keras on 'torch': unset KERAS_BACKEND, or set it to jax." in ended.stderr


@pytest.mark.slow
def test_after_a_failed_import_of_keras_epochal_puts_it_right(tmp_path):
    # Keras as it is installed without a choice: TensorFlow, which is not there.
    (tmp_path / "keras.json").write_text('{"backend": "tensorflow"}')
    code = """
import sys
sys.modules["tensorflow"] = None  # not installed, whatever this machine has
try:
    import keras
except ImportError as error:
    print(error)
import epochal
import keras
print(keras.backend.backend(), keras.ops.add(1, 2))
"""
    ended = run(code, KERAS_HOME=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    first, last = ended.stdout.splitlines()
    assert "tensorflow" in first
    assert last == "jax 3"


@pytest.mark.slow
def test_an_estimator_in_a_process_of_its_own():
    code = """
import os, subprocess, sys
import keras
assert keras.backend.backend() == "numpy"
inner = '''
from epochal import DNNClassifier
from sklearn.datasets import load_iris
model = DNNClassifier(hidden=(8,), members=1, epochs=5, random_state=0)
print(model.fit(*load_iris(return_X_y=True)).engine_)
'''
subprocess.run([sys.executable, "-c", inner], env=os.environ | {"KERAS_BACKEND": "jax"}, check=True)
"""
    ended = run(code, KERAS_BACKEND="numpy")
    assert ended.stdout.strip() in ("native", "xla"), ended.stderr
