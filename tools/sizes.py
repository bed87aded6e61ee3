"""The sizes of the source, as a table in Markdown: ``make sizes``.

It shows the tail, which is what makes a library hard to change: the longest file and function, the
largest class, what takes most arguments, and what should not be there at all.
"""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import lizard

from tools.imports import ImportGraph, Module, cycles, modules_below
from tools.private_names import private_uses

ROOT = Path(__file__).parents[1]
MOST_COMPLEX = 15
CPP = {".cpp", ".h"}
# The only modules that may name what another library keeps to itself.
COMPATIBILITY = tuple(f".compat._{library}" for library in ("keras", "jax", "sklearn"))
NAMESPACE = re.compile(r"\bnamespace\s+([\w:]+)")
TEMPLATE_ARGUMENTS = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Function:
    """One function: where it is, how long its body is, and how much it decides and takes."""

    name: str
    file: str
    lines: int
    complexity: int
    positional: int


@dataclass(frozen=True)
class Sizes:
    """What is counted of one language."""

    files: dict[str, int]
    functions: list[Function]
    methods: dict[str, int]

    def rows(self) -> list[str]:
        """One cell for each row of the table, from the number of files to the complex functions."""
        functions = [(f.lines, f"`{f.name}`, {f.file}") for f in self.functions]
        arguments = [(f.positional, f"`{f.name}`, {f.file}") for f in self.functions]
        over = [f for f in self.functions if f.complexity > MOST_COMPLEX]
        return [
            f"{len(self.files):,}",
            f"{sum(self.files.values()):,}",
            most((lines, name) for name, lines in self.files.items()),
            most(functions),
            most((count, f"`{name}`") for name, count in self.methods.items()),
            most(arguments),
            counted([f"`{f.name}` {f.complexity}" for f in sorted(over, key=by_complexity)]),
        ]


NAMES_OF_ROWS = (
    "files",
    "lines",
    "longest file",
    "longest function body",
    "most methods of a class",
    "most positional arguments",
    f"functions of a cyclomatic complexity over {MOST_COMPLEX}",
)


def by_complexity(function: Function) -> tuple[int, str]:
    """The most complex first."""
    return -function.complexity, function.name


def most(sizes: Iterable[tuple[int, str]]) -> str:
    """The greatest size, and what has it."""
    size, what = max(sizes, default=(0, ""), key=lambda found: found[0])
    return f"{size:,} ({what})" if what else "0"


def counted(items: list[str], shown: int = 5) -> str:
    """How many, and the first of them."""
    if not items:
        return "0"
    more = ", ..." if len(items) > shown else ""
    return f"{len(items)} ({', '.join(items[:shown])}{more})"


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines that do something: a signature with its docstring is as long as it needs to be."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Arguments that a caller may give by position; nobody calls a command of the terminal so."""
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    if any(re.search(r"\.(command|callback)\b", decorator) for decorator in decorators):
        return 0
    names = [argument.arg for argument in function.args.posonlyargs + function.args.args]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def python_sizes(folder: Path, modules: Iterable[Module]) -> Sizes:
    """Count the Python of a folder."""
    files, functions, methods = {}, [], {}
    for module in modules:
        file = module.path.relative_to(folder).as_posix()
        source = module.path.read_text(encoding="utf-8")
        files[file] = source.count("\n")
        analysis = lizard.analyze_file.analyze_source_code(file, source)
        complexity = {f.start_line: f.cyclomatic_complexity for f in analysis.function_list}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decides = complexity.get(node.lineno, 1)
                sizes = body_lines(node), decides, positional(node)
                functions.append(Function(node.name, file, *sizes))
            elif isinstance(node, ast.ClassDef):
                methods[node.name] = sum(
                    isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) for inner in node.body
                )
    return Sizes(files, functions, methods)


def cpp_sizes(folder: Path) -> Sizes:
    """Count the C++ of a folder: what is defined there, inside of classes and outside."""
    files, functions, methods = {}, [], Counter[str]()
    paths = sorted(path for path in folder.rglob("*") if path.suffix in CPP)
    sources = {path: path.read_text(encoding="utf-8") for path in paths}
    namespaces = {
        name
        for text in sources.values()
        for found in NAMESPACE.findall(text)
        for name in found.split("::")
    }
    for path, source in sources.items():
        file = path.relative_to(folder).as_posix()
        files[file] = source.count("\n")
        for found in lizard.analyze_file.analyze_source_code(f"{file}.cpp", source).function_list:
            name = TEMPLATE_ARGUMENTS.sub("", found.name)
            *outer, last = name.split("::")
            scope = [part for part in outer if part not in namespaces]
            lines = found.end_line - found.start_line + 1
            takes = len(found.parameters)
            functions.append(
                Function("::".join([*scope, last]), file, lines, found.cyclomatic_complexity, takes)
            )
            if scope:
                methods[scope[-1]] += 1
    return Sizes(files, functions, dict(methods))


def package_cycles(graph: ImportGraph) -> list[list[str]]:
    """Cycles of what stands in one folder together, where a package is part of it."""
    edges: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, imported in graph.imports.items():
        for other in imported:
            pairs = zip(name.split("."), other.split("."), strict=False)
            folder = [part for part, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
            here, there = (module.split(".")[: len(folder) + 1] for module in (name, other))
            if folder not in (here, there):
                edges[".".join(folder)][".".join(here)].add(".".join(there))
    found = [group for siblings in edges.values() for group in cycles(siblings)]
    return [group for group in found if any(graph.modules[name].is_package for name in group)]


def table(package: Path, cpp: Path) -> str:
    """The table in Markdown.

    Parameters
    ----------
    package : Path
        The folder of the Python package.
    cpp : Path
        The folder of the C++ sources; need not be there.
    """
    modules = list(modules_below(package, package.name))
    graph = ImportGraph(modules)
    python = python_sizes(package, [module for module in modules if module.path.suffix == ".py"])
    columns = zip(NAMES_OF_ROWS, python.rows(), cpp_sizes(cpp).rows(), strict=True)
    rows = [*columns]
    found = {"modules": cycles(graph.imports), "packages": package_cycles(graph)}
    for what, groups in found.items():
        names = [" ↔ ".join(group) for group in groups]
        rows.append((f"import cycles of {what}", counted(names), ""))
    uses = [use for use in private_uses(modules) if not use.module.endswith(COMPATIBILITY)]
    users = Counter(use.module for use in uses)
    different = len({use.name for use in uses})
    where = f": {different} names in {len(users)} files" if uses else ""
    rows.append(("private names of other libraries outside `compat`", f"{len(uses)}{where}", ""))
    lines = ["| | Python | C++ |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def main() -> None:
    """Print the table of this repository."""
    package = ROOT / "src" / "epochal"
    sys.stdout.write(table(package, package / "engine" / "native" / "cpp") + "\n")


if __name__ == "__main__":
    main()
