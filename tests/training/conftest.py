"""Both engines stand behind the same contract: what is tested of it is tested on each."""

from collections.abc import Iterator

import pytest

from epochal.training import engine_choice
from tests.engines import ENGINES
from tests.training.parity import KERAS_SIDE


@pytest.fixture(scope="module", autouse=True, params=ENGINES)
def engine(request):
    """The engine that `engine="auto"` takes for a chain; without `native` there is only `xla`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_choice, "native_available", lambda: request.param == "native")
        yield request.param


@pytest.fixture(scope="module", autouse=True)
def _keras_side() -> Iterator[None]:
    yield
    KERAS_SIDE.clear()


@pytest.fixture(autouse=True)
def _keras_side_of_a_test(request: pytest.FixtureRequest, _keras_side: None) -> Iterator[None]:
    """Tells `fit_both` which test runs, by its name and its parameters but the engine."""
    drawn = getattr(request.function, "is_hypothesis_test", False)
    parameters = getattr(request.node, "callspec", None)
    on = parameters.params.get("engine") if parameters is not None else None
    name = request.node.name.replace(f"[{on}-", "[", 1).replace(f"[{on}]", "", 1)
    KERAS_SIDE.begin(None if drawn else (request.node.path, name))
    yield
    KERAS_SIDE.begin(None)
