"""What `make races` runs in a build that looks for races gives the bits of one thread."""

import pytest

from tests.engine.native.graphs import LIKELIHOODS, distributions_net, every_head
from tests.engine.native.races import check

pytestmark = pytest.mark.native


@pytest.mark.parametrize("threads", [2, 5])
def test_every_head_on_several_threads(threads):
    check(every_head, threads)


@pytest.mark.parametrize("family", LIKELIHOODS)
def test_every_likelihood_on_several_threads(family):
    check(lambda: distributions_net(LIKELIHOODS[family]), 3)
