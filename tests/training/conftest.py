"""Both engines stand behind the same contract: what is tested of it is tested on each."""

import pytest

from epochal.engine import native
from tests.engines import ENGINES


@pytest.fixture(scope="module", autouse=True, params=ENGINES)
def engine(request):
    """The engine that `engine="auto"` takes for a chain; without `native` there is only `xla`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "AVAILABLE", request.param == "native")
        yield request.param
