"""The architecture: who may import whom, and what each package may not do. Read from the source."""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tools.imports import ImportGraph, cycles, modules_below
from tools.layers import LAYERS, PICTURE, picture
from tools.private_names import private_uses
from tools.sizes import package_cycles

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "epochal"

LAYER_OF = {package: layer for layer, (_, packages) in enumerate(LAYERS) for package in packages}
# The public names at the top stand above every package, and no package looks back through them.
TOP = "__init__"

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
# All private names of Keras stand in one file by rule, however many there are.
EXEMPT = {"compat/_keras.py"}

# What an engine must not touch: it is given values and returns values.
NOT_IN_ENGINE = {"keras", "rich", "typer", "pathlib", "io", "shutil", "tempfile", "logging"}
# Of `os` it may ask how big the machine is, and nothing about files.
OS_IN_ENGINE = {"sysconf", "cpu_count", "process_cpu_count", "sched_getaffinity"}
# Below the command line one file speaks to the terminal: what `verbose` asks of fit, as in Keras.
DISPLAY = "training/progress.py"
# Calls that only the bridge makes: they read or write the variables of a Keras model.
VARIABLE_READS = {"get_weights"}
VARIABLE_WRITES = {"assign", "assign_add", "assign_sub", "set_weights"}
VARIABLE_LISTS = {"trainable_variables", "non_trainable_variables", "metrics_variables"}
# What an optimiser or a variable holds, which only the bridge puts anything else in the place of.
HELD = {
    "_learning_rate",
    "beta_1",
    "constraint",
    "iterations",
    "learning_rate",
    "momentum",
    "value",
    "weight_decay",
}
# Ways around an object's own attributes, and what `compat` offers to write with.
REPLACING = {"object.__setattr__", "object.__delattr__", "setattr", "delattr"}
REPLACING |= {"patch.object", "patch.dict", "mock.patch.object", "mock.patch.dict"}
COMPAT_WRITERS = {
    "lend_state",
    "set_learning_rate_attribute",
    "set_value",
    "take_state_back",
    "untrack_variable",
}
# Their last names, which are quicker to look for.
WRITERS = {name.rpartition(".")[2] for name in REPLACING | COMPAT_WRITERS}
# An optimiser of epochal's own may write to the one that it wraps; an engine knows no Keras.
MAY_WRITE = {"bridge", "compat", "optimizers", "engine"}
PICKLERS = {"pickle", "cPickle", "cloudpickle", "dill", "shelve", "marshal"}

# Imports inside a function: (file, module) -> why it is not at the top of the file.
IMPORTED_LATE: dict[tuple[str, str], str] = {
    ("plots/style.py", "matplotlib.figure"): "a third of a second that only who draws needs",
    ("plots/style.py", "matplotlib"): "the same",
    ("runs/storage/workspace.py", "fcntl"): "no Windows has it",
    ("runs/storage/workspace.py", "msvcrt"): "only a Windows has it",
    ("training/notebook.py", "IPython.display"): "only a notebook has it",
    ("plots/schedules.py", "jax"): "a plan is shown before it is imported, as a run folder draws",
    ("plots/schedules.py", "jax.numpy"): "the same",
    ("runs/train.py", "epochal.runs.tuning"): "Optuna takes half a second: only who tunes waits",
    ("sweeps/plots.py", "matplotlib"): "a third of a second that only who draws needs",
    ("sweeps/plots.py", "optuna.visualization"): "the same",
    ("plots/activations.py", "keras"): "no other plot needs it, and functions may be given",
}


@dataclass(frozen=True)
class Source:
    """One file of the package."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def package(self) -> str:
        return self.path.relative_to(PACKAGE).with_suffix("").parts[0]

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.name)

    @cached_property
    def parts(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in self.parts if isinstance(node, kinds))

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and full module name of every import; `from a import b` gives both a and a.b."""
        return list(imports_of(self.parts, self.anchor))

    @property
    def anchor(self) -> tuple[str, ...]:
        """The package that a relative import of this file starts from."""
        return ("epochal", *self.path.relative_to(PACKAGE).parent.parts)


def imports_of(parts: Iterable[ast.AST], anchor: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for node in parts:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = anchor[: len(anchor) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and last_name(node.func) == "import_module":
            # Of `import_module(f"epochal.data.{name}")` the part before the first field is known.
            words = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            if words:
                yield node.lineno, str(words[0]).rstrip(".")


def last_name(function: ast.expr) -> str | None:
    """What stands behind the last dot of what is called."""
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else None


def called_names(source: Source, *, with_values: bool = False) -> Iterator[tuple[int, str]]:
    """Line and last name of every call; `with_values`: of those with a positional argument."""
    for node in source.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        name = last_name(node.func)
        if name is not None and (node.args or not with_values):
            yield node.lineno, name


def late_imports(source: Source) -> Iterator[tuple[int, str]]:
    """Line and module (not the names taken from it) of every import inside a function."""
    for function in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.lineno, next(imports_of([node], source.anchor))[1]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines that do something: a signature with its docstring is as long as it needs to be."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def wrong_direction(package: str, imported: str) -> bool:
    """Whether a file of `package` must not import the module `imported`."""
    parts = imported.split(".")
    if parts[0] != "epochal" or package == TOP:
        return False
    if len(parts) == 1:
        return True
    other = parts[1]
    if other not in LAYER_OF:
        return True
    return other != package and LAYER_OF[other] >= LAYER_OF[package]


# A package with a stub of its public names imports what the stub says.
SOURCES = [
    Source(path) for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("__init__.pyi")])
]
MODULES = list(modules_below(PACKAGE, "epochal"))


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    """Who imports whom, which takes seconds to find out."""
    return ImportGraph(MODULES)


def in_every_file(rule: Callable[[Source], object]) -> dict[str, object]:
    """What a rule finds wrong, by file.

    One test for all files: one for each was a third of the tests of the whole suite, and pytest
    took three times as long with them as the rules did.
    """
    return {source.name: wrong for source in SOURCES if (wrong := rule(source))}


@pytest.mark.parametrize(
    ("package", "imported", "wrong"),
    [
        ("training", "epochal.engine.xla", False),
        ("training", "epochal.bridge.state", False),
        ("engine", "keras", False),
        ("engine", "epochal.training", True),
        ("models", "epochal.training", True),
        ("schedules", "epochal.data", True),
        ("cli", "epochal.runs", False),
        ("runs", "epochal", True),
        ("runs", "epochal.fit", True),
        ("__init__", "epochal.cli", False),
    ],
)
def test_the_rule_itself(package: str, imported: str, wrong: bool) -> None:
    assert wrong_direction(package, imported) is wrong


def test_relative_and_late_imports_are_resolved() -> None:
    tree = ast.parse(
        "from ..engine import protocol\nfrom . import loop\nimport_module(f'epochal.data.{x}')"
    )
    found = [module for _, module in imports_of(ast.walk(tree), ("epochal", "training"))]
    assert found == [
        "epochal.engine",
        "epochal.engine.protocol",
        "epochal.training",
        "epochal.training.loop",
        "epochal.data",
    ]


def test_every_package_has_a_layer() -> None:
    unknown = {s.package for s in SOURCES} - set(LAYER_OF) - {TOP}
    assert not unknown, f"give these packages a layer in tools/layers.py: {sorted(unknown)}"


def test_the_picture_shows_these_layers() -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    assert drawn == picture(), "draw it again: python -m tools.layers"


def test_every_package_stands_in_the_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    absent = [package for package in LAYER_OF if f"`{package}`" not in page]
    assert not absent, f"describe these packages in docs/architecture.md: {absent}"


def test_imports_go_downward() -> None:
    # `from epochal.x import y` is seen as epochal.x.y as well: one wrong line counts once.
    wrong = in_every_file(
        lambda source: {
            line for line, module in source.imports if wrong_direction(source.package, module)
        }
    )
    assert not wrong, f"imports upward or sideways, on these lines: {wrong}"


def test_no_modules_import_each_other(graph: ImportGraph) -> None:
    assert cycles(graph.imports) == []


def test_no_packages_import_each_other(graph: ImportGraph) -> None:
    # Packages within packages too, and modules beside them: `data.splits` and `data.tables`, say.
    assert package_cycles(graph) == []


def test_no_star_imports() -> None:
    stars = in_every_file(
        lambda source: [line for line, module in source.imports if module.endswith(".*")]
    )
    assert not stars, f"star imports, on these lines: {stars}"


def test_imports_stand_at_the_top() -> None:
    late = in_every_file(
        lambda source: [
            (line, module)
            for line, module in late_imports(source)
            if (source.name, module) not in IMPORTED_LATE
        ]
    )
    assert not late, f"imports inside functions, with no reason here: {late}"


def test_no_reason_outlives_its_late_import() -> None:
    found = {(s.name, module) for s in SOURCES for _, module in late_imports(s)}
    assert set(IMPORTED_LATE) <= found


def long_functions(source: Source) -> Iterator[tuple[str, int]]:
    """Name and lines of every function that is too long."""
    for node in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := body_lines(node)) > LONGEST_FUNCTION:
            yield node.name, length


def test_files_and_functions_stay_short() -> None:
    lengths = {source.name: source.text.count("\n") for source in SOURCES}
    files = {n: lines for n, lines in lengths.items() if lines > LONGEST_FILE and n not in EXEMPT}
    assert not files, f"files with so many lines: {files}"
    functions = in_every_file(lambda source: list(long_functions(source)))
    assert not functions, f"functions with so many lines: {functions}"


def asked_of_os(source: Source) -> set[str]:
    """The names that a file takes of `os`."""
    return {
        node.attr
        for node in source.nodes(ast.Attribute)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }


def outside_the_engine(source: Source) -> set[str]:
    """What a file of the engine imports, calls or asks of `os`, and must not."""
    if source.package != "engine":
        return set()
    imported = {module.split(".")[0] for _, module in source.imports} & NOT_IN_ENGINE
    called = {name for _, name in called_names(source)} & {"open", "print", "input"}
    return imported | called | {f"os.{name}" for name in asked_of_os(source) - OS_IN_ENGINE}


def test_the_engine_knows_neither_keras_nor_files_nor_the_terminal() -> None:
    wrong = in_every_file(outside_the_engine)
    assert not wrong, f"the engine must neither import nor call these: {wrong}"


def test_only_the_command_line_prints() -> None:
    printed = in_every_file(
        lambda source: [line for line, name in called_names(source) if name == "print"]
    )
    printed = {n: lines for n, lines in printed.items() if not n.startswith("cli/")}
    printed.pop(DISPLAY, None)
    assert not printed, f"prints, on these lines: {printed}"


def test_nothing_is_pickled() -> None:
    found = in_every_file(
        lambda source: {module.split(".")[0] for _, module in source.imports} & PICKLERS
    )
    assert not found, f"imports of what pickles: {found}: see CONTRIBUTING.md, saved things"


def variable_uses(source: Source) -> list[tuple[int, str]]:
    """Where a file reads Keras' variables or writes them: line and name."""
    called = [found for found in called_names(source) if found[1] in VARIABLE_READS]
    # With a positional value: a data frame's `assign` takes keywords only.
    called += [f for f in called_names(source, with_values=True) if f[1] in VARIABLE_WRITES]
    read = [
        (node.lineno, node.attr)
        for node in source.nodes(ast.Attribute)
        if isinstance(node, ast.Attribute) and node.attr in VARIABLE_LISTS
    ]
    return called + read


def held_writes(source: Source) -> Iterator[tuple[int, str]]:
    """Where a file writes what an optimiser or a variable holds, its own `self` apart."""
    for node in source.parts:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            if node.attr in HELD and ast.unparse(node.value) != "self":
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and last_name(node.func) in WRITERS:
            name = ast.unparse(node.func)
            to_itself = bool(node.args) and ast.unparse(node.args[0]) == "self"
            if (name in REPLACING and not to_itself) or name in COMPAT_WRITERS:
                yield node.lineno, name


def uses_outside_the_bridge(source: Source) -> list[tuple[int, str]]:
    """Where a file touches Keras' variables though it stands outside the bridge."""
    if source.package == "bridge":
        return []
    written = [] if source.package in MAY_WRITE else held_writes(source)
    return [*variable_uses(source), *written]


def test_only_the_bridge_touches_keras_variables() -> None:
    found = in_every_file(uses_outside_the_bridge)
    assert not found, f"leave Keras' variables to the bridge: {found}"


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("object.__setattr__(optimizer, 'momentum', 0.9)", "object.__setattr__"),
        ("object.__setattr__(self, 'momentum', 0.9)", None),
        ("optimizer.momentum = 0.9", "optimizer.momentum"),
        ("self.momentum = 0.9", None),
        ("self.optimizer.beta_1 = 0.9", "self.optimizer.beta_1"),
        ("variable.value = array", "variable.value"),
        ("optimizer._learning_rate = rate", "optimizer._learning_rate"),
        ("patch.object(optimizer, 'apply', record)", "patch.object"),
        ("set_value(variable, array)", "set_value"),
        ("optimizer.momentum == 0.9", None),
    ],
)
def test_writes_to_keras_are_found(code: str, written: str | None, tmp_path: Path) -> None:
    source = Source(tmp_path / "some.py")
    source.path.write_text(code)
    vars(source)["tree"] = ast.parse(code)  # `name` is read off a path within the package
    assert [name for _, name in held_writes(source)] == ([written] if written else [])


def test_private_names_of_other_packages_are_reached_through_compat() -> None:
    found = [use for use in private_uses(MODULES) if not use.module.startswith("epochal.compat.")]
    assert not found, f"reach for these through epochal/compat: {found}"


def test_no_tracked_file_names_a_package_index() -> None:
    # Where packages come from is each machine's own setting; put together here so that this
    # file does not name one either.
    hosts = ["pypi" + ".org", "python" + "hosted.org", "download.pytorch" + ".org", "conda" + ".io"]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout: there are no tracked files to read")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        named = [host for host in hosts if host.encode() in content]
        assert not named, f"{name} names {named}"
