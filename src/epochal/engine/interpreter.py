"""Functions of JAX arrays computed by NumPy: traced, and never compiled.

A learning-rate schedule or a metric is a handful of operations on small arrays. Compiling them
takes a hundred times as long as computing them. So JAX only traces the function, which says what
it computes, and NumPy computes it. What NumPy has no counterpart for, JAX does, one operation at
a time.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from epochal.compat._jax import ClosedJaxpr, Literal

_NUMPY: dict[str, Callable] = {
    "abs": np.abs,
    "add": np.add,
    "add_any": np.add,
    "and": np.bitwise_and,
    "ceil": np.ceil,
    "cos": np.cos,
    "div": np.divide,
    "eq": np.equal,
    "exp": np.exp,
    "expm1": np.expm1,
    "floor": np.floor,
    "ge": np.greater_equal,
    "gt": np.greater,
    "is_finite": np.isfinite,
    "le": np.less_equal,
    "log": np.log,
    "log1p": np.log1p,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "not": np.invert,
    "or": np.bitwise_or,
    "pow": np.power,
    "rem": np.fmod,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "shift_right_logical": lambda x, by: np.right_shift(x.view(f"u{x.itemsize}"), by),
    "sign": np.sign,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "square": np.square,
    "sub": np.subtract,
    "tanh": np.tanh,
    "xor": np.bitwise_xor,
    # What changes the type alone: every result is given the type that the trace says.
    "convert_element_type": lambda x, **_: x,
    "copy": lambda x: x,
    "copy_p": lambda x: x,
    "stop_gradient": lambda x, **_: x,
    "argmax": lambda x, axes, **_: np.argmax(x, axes[0]),
    "argmin": lambda x, axes, **_: np.argmin(x, axes[0]),
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
    "concatenate": lambda *xs, dimension: np.concatenate(xs, dimension),
    "cumsum": lambda x, axis, reverse: (
        np.flip(np.cumsum(np.flip(x, axis), axis), axis) if reverse else np.cumsum(x, axis)
    ),
    "integer_pow": lambda x, y: x**y,
    "iota": lambda dtype, shape, dimension, **_: np.broadcast_to(
        np.arange(shape[dimension]).reshape([-1] + [1] * (len(shape) - dimension - 1)), shape
    ),
    "reduce_and": lambda x, axes, **_: np.all(x, axes),
    "reduce_max": lambda x, axes, **_: np.max(x, axes),
    "reduce_min": lambda x, axes, **_: np.min(x, axes),
    "reduce_or": lambda x, axes, **_: np.any(x, axes),
    "reduce_prod": lambda x, axes, **_: np.prod(x, axes),
    "reduce_sum": lambda x, axes, **_: np.sum(x, axes),
    "rev": lambda x, dimensions: np.flip(x, dimensions),
    "select_n": lambda which, *cases: np.choose(which.astype(np.intp), cases),
    "squeeze": lambda x, dimensions: np.squeeze(x, dimensions),
    "stack": lambda *xs, axis: np.stack(xs, axis),
    "tile": lambda x, reps: np.tile(x, reps),
    "transpose": lambda x, permutation: np.transpose(x, permutation),
}


def run_with_numpy(function: Callable) -> Callable:
    """`function` of arrays, or trees of them, computed without a compiler; traced once a shape."""
    traced: dict[Any, tuple[ClosedJaxpr, Any]] = {}

    def computed(*arguments: Any) -> Any:
        leaves, structure = jax.tree.flatten(arguments)
        leaves = [np.asarray(leaf) for leaf in leaves]
        key = structure, tuple((leaf.shape, leaf.dtype.str) for leaf in leaves)
        if key not in traced:
            shapes = [jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves]
            flat = lambda *values: function(*jax.tree.unflatten(structure, values))  # noqa: E731
            program, shape = jax.make_jaxpr(flat, return_shape=True)(*shapes)
            traced[key] = program, jax.tree.structure(shape)
        program, result = traced[key]
        with np.errstate(all="ignore"):  # as XLA: an infinity or a NaN is an answer
            return jax.tree.unflatten(result, _run(program.jaxpr, program.consts, leaves))

    return computed


def _run(program: Any, constants: Any, arguments: Any) -> list[np.ndarray]:
    values: dict[Any, np.ndarray] = {}

    def value_of(atom: Any) -> np.ndarray:
        return np.asarray(atom.val, atom.aval.dtype) if type(atom) is Literal else values[atom]

    def name(variables: Any, found: Any) -> None:
        for variable, value in zip(variables, found, strict=True):
            values[variable] = np.asarray(value, variable.aval.dtype)

    name(program.constvars, constants)
    name(program.invars, arguments)
    for step in program.eqns:
        name(step.outvars, _applied(step, [value_of(atom) for atom in step.invars]))
    return [value_of(atom) for atom in program.outvars]


def _applied(step: Any, inputs: list[np.ndarray]) -> Any:
    """The results of one operation of a traced program."""
    kind, options = step.primitive.name, step.params
    within = options.get("jaxpr", options.get("call_jaxpr"))
    if isinstance(within, ClosedJaxpr):
        return _run(within.jaxpr, within.consts, inputs)
    if kind == "cond":
        branches = options["branches"]
        taken = branches[int(np.clip(inputs[0], 0, len(branches) - 1))]
        return _run(taken.jaxpr, taken.consts, inputs[1:])
    if kind == "broadcast_in_dim":
        return [_broadcast(inputs[0], options["shape"], options["broadcast_dimensions"])]
    if kind == "reshape":
        return [inputs[0].reshape(options["new_sizes"])]
    if kind == "slice":
        spans = zip(
            options["start_indices"],
            options["limit_indices"],
            options["strides"] or [1] * inputs[0].ndim,
            strict=True,
        )
        return [inputs[0][tuple(slice(*span) for span in spans)]]
    if kind == "scatter-add" and _adds_numbers_at_places(inputs, options):
        return [_added(*inputs)]
    if kind in _NUMPY:
        options = {} if step.primitive.name in _PLAIN else options
        return [_NUMPY[kind](*inputs, **options)]
    found = step.primitive.bind(*inputs, **options)
    return found if step.primitive.multiple_results else [found]


# NumPy's own functions take none of the options that a traced operation carries.
_PLAIN = {name for name, function in _NUMPY.items() if isinstance(function, np.ufunc)} | {"rsqrt"}


def _broadcast(x: np.ndarray, shape: Any, dimensions: Any) -> np.ndarray:
    sizes = [1] * len(shape)
    for size, dimension in zip(x.shape, dimensions, strict=True):
        sizes[dimension] = size
    return np.broadcast_to(x.reshape(sizes), shape)


def _adds_numbers_at_places(inputs: list[np.ndarray], options: Any) -> bool:
    """Whether a scattering is that of a histogram: one number to each place of a vector."""
    numbers = options["dimension_numbers"]
    return (
        [each.ndim for each in inputs] == [1, 2, 1]
        and numbers.update_window_dims == ()
        and numbers.scatter_dims_to_operand_dims == (0,)
    )


def _added(vector: np.ndarray, places: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    at = places[:, 0]
    within = (at >= 0) & (at < len(vector))  # others are left out
    result = vector.copy()
    np.add.at(result, at[within], numbers[within])
    return result
