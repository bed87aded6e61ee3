"""What epochal uses of JAX beyond its public interface: traced programs, taken apart."""

import jax
from jax.extend.core import ClosedJaxpr, Literal, Var

eval_jaxpr = jax.core.eval_jaxpr

__all__ = ["ClosedJaxpr", "Literal", "Var", "eval_jaxpr"]
