"""Where the source uses what another library keeps to itself.

Private modules of Keras, JAX and scikit-learn are known by their names. A private attribute is
another library's if the source does not define it: `self._x` nowhere at all, `other._x` not in the
file that reads it.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.imports import Module

# Modules that Keras, JAX and scikit-learn do not document for others, and private names in them.
PRIVATE = re.compile(
    r"keras\.src|jax\.(_src|extend|interpreters)|jaxlib|(keras|jax|sklearn)(\.\w+)*\._"
)
# What a named tuple offers under names that only look private.
NAMED_TUPLE = {"_asdict", "_fields", "_field_defaults", "_make", "_replace"}
BY_STRING = {"getattr", "hasattr", "setattr", "delattr"}


@dataclass(frozen=True)
class Use:
    """A private name, and where it is used."""

    name: str
    module: str
    line: int


def is_private(name: str) -> bool:
    """Whether a name has one underscore in front, and not two."""
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE


def of_itself(node: ast.expr) -> bool:
    """Whether an expression is a method's own object or class."""
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def defined(tree: ast.Module) -> set[str]:
    """The private names that a file gives to its own functions, classes and objects."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found |= {node.attr} if of_itself(node.value) else set()
    return {name for name in found if is_private(name)}


def imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the private modules, and names in modules, that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((name, node.lineno) for name in found if PRIVATE.match(name))


def attributes(tree: ast.Module, everywhere: set[str]) -> Iterator[tuple[str, int]]:
    """Yield the private attributes of others that a file uses; `everywhere`: what is our own."""
    here = defined(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            if node.attr not in (everywhere if of_itself(node.value) else here):
                yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            name = node.args[1]
            if ast.unparse(node.func) not in BY_STRING or not isinstance(name, ast.Constant):
                continue
            if is_private(str(name.value)) and name.value not in here:
                yield str(name.value), node.lineno


def private_uses(modules: Iterable[Module]) -> list[Use]:
    """List every use of a private name of another library.

    Parameters
    ----------
    modules : iterable of Module
        The whole package, those that may use such names included: they define names too.
    """
    modules = list(modules)
    everywhere = set().union(*(defined(module.tree) for module in modules))
    compiled = {module.name.rpartition(".")[2] for module in modules}
    return [
        Use(name, module.name, line)
        for module in modules
        for name, line in [*imported(module.tree), *attributes(module.tree, everywhere)]
        if name not in compiled
    ]
