"""A traced function, with some of its operations computed in another way."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax

from epochal.compat._jax import ClosedJaxpr, Jaxpr

# The operation's operands and parameters to its result. It may be differentiated no more.
Rule = Callable[..., Any]


def rewritten(jaxpr: Jaxpr, rules: Mapping[str, Rule]) -> Jaxpr:
    """`jaxpr` in which each operation that `rules` name is computed by its rule, at any depth."""
    changed = [_rewritten_equation(equation, rules) for equation in jaxpr.eqns]
    if all(new is old for new, old in zip(changed, jaxpr.eqns, strict=True)):
        return jaxpr
    return jaxpr.replace(eqns=changed)


def _rewritten_equation(equation: Any, rules: Mapping[str, Rule]) -> Any:
    rule = rules.get(equation.primitive.name)
    if rule is None:
        return _with_rewritten_parts(equation, rules)
    # A call of a compiled function has the form of an equation: it takes this one's place.
    function = jax.jit(partial(rule, **equation.params))
    shapes = [jax.ShapeDtypeStruct(each.aval.shape, each.aval.dtype) for each in equation.invars]
    (call,) = jax.make_jaxpr(function)(*shapes).jaxpr.eqns
    return equation.replace(primitive=call.primitive, params=call.params, effects=call.effects)


def _with_rewritten_parts(equation: Any, rules: Mapping[str, Rule]) -> Any:
    """`equation` with the functions that it calls (a loop's body, a branch) rewritten."""

    def new(part: Any) -> Any:
        if isinstance(part, ClosedJaxpr):
            inner = rewritten(part.jaxpr, rules)
            return part if inner is part.jaxpr else part.replace(jaxpr=inner)
        if isinstance(part, Jaxpr):
            return rewritten(part, rules)
        if isinstance(part, tuple | list):
            parts = type(part)(map(new, part)) if type(part) in (tuple, list) else part
            return parts if any(a is not b for a, b in zip(parts, part, strict=True)) else part
        return part

    params = {name: new(part) for name, part in equation.params.items()}
    if all(params[name] is part for name, part in equation.params.items()):
        return equation
    return equation.replace(params=params)
