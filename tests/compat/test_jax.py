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
