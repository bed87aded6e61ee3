"""What epochal uses of JAX beyond its public interface."""

import jax
import numpy as np

from epochal.compat import _jax


def test_a_traced_program_can_be_taken_apart_and_computed() -> None:
    closed = jax.make_jaxpr(lambda x: 2.0 * x + 1.0)(np.float32(3))
    assert isinstance(closed, _jax.ClosedJaxpr)
    atoms = [atom for equation in closed.jaxpr.eqns for atom in equation.invars]
    assert {type(atom) for atom in atoms} == {_jax.Literal, _jax.Var}
    (result,) = _jax.eval_jaxpr(closed.jaxpr, closed.consts, np.float32(3))
    assert result == 7.0


def test_arrays_are_put_on_the_device_as_jax_puts_them() -> None:
    given: list[np.ndarray] = [
        np.array(2, np.float32),
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.zeros(3),
    ]
    for arrays in (given, given[:2]):
        for ours, theirs in zip(_jax.put_on_device(arrays), jax.device_put(arrays), strict=True):
            assert ours.dtype == theirs.dtype
            assert ours.sharding == theirs.sharding
            assert (ours.weak_type, ours.committed) == (theirs.weak_type, theirs.committed)
            assert (np.asarray(ours) == np.asarray(theirs)).all()


def test_an_array_on_the_device_is_a_copy() -> None:
    array = np.zeros(100_000, np.float32)
    (placed,) = _jax.put_on_device([array])
    array[:] = 1
    assert float(placed.sum()) == 0
