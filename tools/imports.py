"""Which file of the repository imports which, read from the source.

Nothing is run. Imports inside functions and under ``TYPE_CHECKING`` count. A name is followed
through the packages that pass it on: `from epochal.training import fit` is an import of the module
that defines `fit`, and not of all that `epochal.training` offers. So is the `epochal.fit` of a file
that says `import epochal`. Packages with lazy names say in `__init__.pyi` where each comes from;
a `.pyi` of its own stands for a compiled module.
"""

import ast
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """A Python file, or the stub of a compiled one, under the dotted name that imports it."""

    name: str
    path: Path

    @property
    def is_package(self) -> bool:
        return self.path.stem == "__init__"

    @property
    def package(self) -> str:
        """What the relative imports of the module start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), filename=str(self.path))

    @cached_property
    def stub(self) -> ast.Module | None:
        """What `lazy_loader` reads the package's names from, if there is such a file."""
        path = self.path.with_suffix(".pyi")
        if not self.is_package or not path.is_file():
            return None
        return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))

    def nodes(self) -> Iterator[ast.AST]:
        """Every part of the source, and of the stub."""
        for tree in (self.tree, self.stub):
            yield from ast.walk(tree) if tree else ()

    @cached_property
    def bound(self) -> dict[str, tuple[str, str | None]]:
        """Every name that an import binds here: to a module, or to a name in a module."""
        found: dict[str, tuple[str, str | None]] = {}
        for node in self.nodes():
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    found[alias.asname or root] = (alias.name if alias.asname else root, None)
            elif isinstance(node, ast.ImportFrom):
                source = absolute(node, self.package)
                for alias in node.names:
                    found[alias.asname or alias.name] = (source, alias.name)
        return found


def absolute(node: ast.ImportFrom, package: str) -> str:
    """Name the module that `from ... import` takes its names from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    return ".".join(
        [*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])]
    )


def modules_below(folder: Path, name: str) -> Iterator[Module]:
    """Yield every module of a folder; `name`: that of the folder, as a package."""
    stubs = (path for path in folder.rglob("*.pyi") if not path.with_suffix(".py").exists())
    for path in sorted([*folder.rglob("*.py"), *stubs]):
        parts = path.relative_to(folder).with_suffix("").parts
        dotted = ".".join([name, *(parts[:-1] if parts[-1] == "__init__" else parts)])
        yield Module(dotted, path)


class Uses(ast.NodeVisitor):
    """What a file does with some names: the attributes that it takes of each.

    Parameters
    ----------
    names : container of str
        The names. ``found`` then holds ``("data", "split")`` for the use ``epochal.data.split`` of
        ``epochal``, and ``()`` where the name stands alone.
    """

    def __init__(self, names: Container[str]) -> None:
        self.names = names
        self.found: dict[str, set[tuple[str, ...]]] = {}

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain: list[str] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            chain.insert(0, value.attr)
            value = value.value
        if isinstance(value, ast.Name) and value.id in self.names:
            self.found.setdefault(value.id, set()).add(tuple(chain))
        else:
            self.visit(value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.names:
            self.found.setdefault(node.id, set()).add(())


class ImportGraph:
    """Modules, and for each those that it imports directly.

    Parameters
    ----------
    modules : iterable of Module
        All that count; what they import from elsewhere is left out.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        self.modules = {module.name: module for module in modules}
        self.imports = {name: self._imported(module) for name, module in self.modules.items()}

    def _imported(self, module: Module) -> set[str]:
        found: set[str | None] = set()
        dotted = set()
        for node in module.nodes():
            if isinstance(node, ast.Import):
                dotted |= {alias.name for alias in node.names if "." in alias.name}
        found |= {self._nearest(name) for name in dotted}
        # `import a.b` binds `a`, but asks for `a.b` alone.
        roots = {name.partition(".")[0] for name in dotted}
        packages = {}
        for local, (source, name) in module.bound.items():
            target = self._nearest(source) if name is None else self.definition(source, name)
            if target in (source, f"{source}.{name}") and self._is_package(target):
                packages[local] = target
            else:
                found.add(target)
        # A package whose names alone are used stands for the modules that these come from.
        uses = Uses(packages)
        uses.visit(module.tree)
        for local, package in packages.items():
            chains = uses.found.get(local, set() if local in roots else {()})
            found |= {self._behind(package, chain) for chain in chains}
        return {name for name in found if name is not None} - {module.name}

    def _is_package(self, name: str | None) -> bool:
        return name in self.modules and self.modules[name].is_package

    def _behind(self, package: str, chain: tuple[str, ...]) -> str:
        """The module that `package.b.c` comes from; `chain`: what stands behind the package."""
        for name in chain:
            further = self.definition(package, name)
            if further is None or further == package:
                break
            package = further
        return package

    def _nearest(self, dotted: str) -> str | None:
        """The module of this name, or of the longest beginning of it."""
        while dotted and dotted not in self.modules:
            dotted = dotted.rpartition(".")[0]
        return dotted or None

    def definition(self, module: str, name: str, seen: frozenset[str] = frozenset()) -> str | None:
        """The module that defines `name`, asked of `module`; None if that is none of ours."""
        if f"{module}.{name}" in self.modules and not self._rebinds(module, name):
            return f"{module}.{name}"
        if module not in self.modules:
            return self._nearest(module)
        bound = self.modules[module].bound.get(name)
        if bound is None or not self.modules[module].is_package or module in seen:
            return module
        source, inner = bound
        if inner is None:
            return self._nearest(source) or module
        return self.definition(source, inner, seen | {module}) or module

    def _rebinds(self, package: str, name: str) -> bool:
        """Whether a package gives a function the name of the module that it stands in."""
        if package not in self.modules:
            return False
        source, inner = self.modules[package].bound.get(name, ("", None))
        return inner is not None and source == f"{package}.{name}"

    def distances(self, start: str) -> dict[str, int]:
        """How many imports lie between a module and each that it depends on; itself: 0."""
        found = {start: 0}
        row = [start]
        while row:
            following = []
            for name in row:
                for imported in sorted(self.imports[name] - found.keys()):
                    found[imported] = found[name] + 1
                    following.append(imported)
            row = following
        return found


def cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other, by Tarjan's algorithm: none in a graph of layers.

    References
    ----------
    Tarjan, R. (1972), "Depth-first search and linear graph algorithms".
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for following in sorted(edges.get(node, ())):
            if following not in index:
                visit(following)
                low[node] = min(low[node], low[following])
            elif following in stack:
                low[node] = min(low[node], index[following])
        if low[node] == index[node]:
            start = stack.index(node)
            group = sorted(stack[start:])
            del stack[start:]
            if len(group) > 1:
                found.append(group)

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found
