"""A fit in a notebook whose kernel is interrupted, as by the button with the square."""

from queue import Empty
from time import monotonic, sleep
from typing import Any

import pytest

manager = pytest.importorskip("jupyter_client.manager")

LIMIT = 60  # seconds: the kernel imports Keras
SET_UP = """
import epochal, keras, numpy as np
x = np.random.default_rng(0).random((64, 4), dtype="float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")

class Says(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 3:
            print("under way")
"""
FIT = "epochal.fit(model, x, x.sum(axis=1), epochs=10**7, callbacks=[Says()], engine={!r})"
AFTER = """
assert np.isfinite(epochal.predict(model, x, verbose=0)).all()
print(len(epochal.fit(model, x, x.sum(axis=1), epochs=2, verbose=0).epoch))
"""


@pytest.fixture(scope="module")
def kernel() -> Any:
    started, client = manager.start_new_kernel(kernel_name="python3", startup_timeout=LIMIT)
    try:
        yield started, client
    finally:
        client.stop_channels()
        started.shutdown_kernel(now=True)


def reply(client: Any, code: str) -> dict[str, Any]:
    """What a cell comes to."""
    content: dict[str, Any] = client.execute_interactive(
        code, timeout=LIMIT, output_hook=lambda message: None
    )["content"]
    return content


def wait_for(client: Any, text: str) -> None:
    """Until a cell has printed it."""
    until = monotonic() + LIMIT
    while monotonic() < until:
        try:
            message = client.get_iopub_msg(timeout=1)
        except Empty:
            continue
        assert message["msg_type"] != "error", message["content"]
        if text in message["content"].get("text", ""):
            return
    pytest.fail(f"no cell printed {text!r}")


@pytest.mark.slow
def test_an_interrupted_cell_ends_and_the_next_one_works(kernel: Any, engine: str) -> None:
    started, client = kernel
    assert reply(client, SET_UP)["status"] == "ok"
    asked = client.execute(FIT.format(engine))
    wait_for(client, "under way")
    sleep(0.2)
    began = monotonic()
    started.interrupt_kernel()
    found = client.get_shell_msg(timeout=LIMIT)
    while found["parent_header"].get("msg_id") != asked:
        found = client.get_shell_msg(timeout=LIMIT)
    assert found["content"]["status"] == "error"
    assert found["content"]["ename"] == "KeyboardInterrupt"
    assert monotonic() - began < LIMIT / 2
    sleep(1)  # at first a kernel drops what was sent while the cell was failing
    assert reply(client, AFTER)["status"] == "ok"
