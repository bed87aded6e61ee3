"""Both engines stand behind the same contract: what is tested of it is tested on each."""

import pytest

from epochal.training import engine_choice
from tests.engines import ENGINES


@pytest.fixture(scope="module", autouse=True, params=ENGINES)
def engine(request):
    """The engine that `engine="auto"` takes for a chain; without `native` there is only `xla`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_choice, "native_available", lambda: request.param == "native")
        yield request.param
