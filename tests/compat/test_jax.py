"""What epochal uses of JAX beyond its public interface."""

import jax
import numpy as np

from epochal.compat import _jax
from epochal.engine.native.arrays import aligned


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


def test_a_program_that_may_overwrite_an_array_leaves_what_it_was_made_of() -> None:
    """On a CPU an array that begins where XLA asks is taken as it is."""
    array = aligned((100, 1000))
    array[:] = 1
    (placed,) = _jax.put_on_device([array])
    if jax.default_backend() == "cpu":
        assert placed.unsafe_buffer_pointer() == array.__array_interface__["data"][0]
    moved = jax.jit(lambda x: x + 1, donate_argnums=0)(placed)
    assert placed.is_deleted()
    assert float(moved[0, 0]) == 2
    assert (array == 1).all()
