"""The tables of kernels."""

import pytest
from numpy.testing import assert_allclose

from tests.engine.native.graphs import attention_net, every_kind, every_recurrence, trained
from tests.engines import extension as native

pytestmark = pytest.mark.native


def test_no_function_is_missing_from_a_table() -> None:
    tables = native.kernel_tables()
    assert {"baseline", "double"} <= set(tables)
    functions = {count for count, _ in tables.values()}
    assert len(functions) == 1
    assert functions.pop() > 20
    assert {name: missing for name, (_, missing) in tables.items() if missing} == {}


@pytest.mark.parametrize("make", [every_kind, every_recurrence, attention_net])
@pytest.mark.parametrize("kernels", ["avx512", "avx2", "baseline"])
def test_kinds_of_processors_agree(kernels, make):
    graph = make()
    try:
        losses, network = trained(native.Network, graph, kernels=kernels)
    except ValueError:
        pytest.skip(f"this processor has no {kernels}")
    assert network.kernels == kernels
    expected, _ = trained(native.Network, graph)
    assert_allclose(losses, expected, rtol=2e-5)
