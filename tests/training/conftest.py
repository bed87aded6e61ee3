"""Both engines stand behind the same contract: what is tested of it is tested on each."""

import pytest

from epochal.engine import native
from epochal.training import engine_choice

ENGINES = ["native", "xla"] if native.AVAILABLE else ["xla"]


@pytest.fixture(scope="module", autouse=True, params=ENGINES)
def engine(request):
    """The engine that `engine="auto"` takes for a chain; without `native` there is only `xla`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_choice, "native_available", lambda: request.param == "native")
        yield request.param
