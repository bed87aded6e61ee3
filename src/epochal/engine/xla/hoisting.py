"""A function split into what depends on its argument, and what is computed once for all of them."""

from collections.abc import Callable, Iterable
from typing import Any

import jax

from epochal.compat._jax import Literal, Var, eval_jaxpr
from epochal.engine.xla.looping import traced


def hoisted(function: Callable[[Any], Any], example: Any) -> Callable[[Any], Any]:
    """`function`, with all that does not depend on its argument computed here and now.

    `example` is an argument, one array, of the shape and dtype that all will have. In a loop over
    arguments the compiler may or may not move such parts out of the loop; here they never enter it.
    """
    closed, shapes = traced(function, example)
    jaxpr = closed.jaxpr
    varying: set[Var] = set(jaxpr.invars)
    before, within = [], []
    for equation in jaxpr.eqns:
        if equation.effects or not varying.isdisjoint(_variables(equation.invars)):
            within.append(equation)
            varying.update(equation.outvars)
        else:
            before.append(equation)
    made = {variable for equation in before for variable in equation.outvars}
    needed = [atom for equation in within for atom in equation.invars] + jaxpr.outvars
    kept = [variable for variable in dict.fromkeys(_variables(needed)) if variable in made]
    names = jaxpr.debug_info.with_unknown_names()
    once = jaxpr.replace(invars=[], outvars=kept, eqns=before, debug_info=names)
    rest = jaxpr.replace(constvars=[*jaxpr.constvars, *kept], eqns=within, debug_info=names)
    known = [*closed.consts, *eval_jaxpr(once, closed.consts)]
    structure = jax.tree.structure(shapes)
    return lambda value: structure.unflatten(eval_jaxpr(rest, known, value))


def _variables(atoms: Iterable[Any]) -> list[Var]:
    return [atom for atom in atoms if not isinstance(atom, Literal)]
