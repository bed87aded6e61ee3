"""Run the tests that a change needs: ``make quick``.

What changed is asked of git: everything since the branch left main, the working tree included. A
test module needs to run if it imports a changed file, directly or not. Nothing is recorded and
nothing has to be run before, so it works in a fresh clone; C++, templates and conftest files count
too. The nearest tests run first, `slow` ones never, and after a time no further test begins, so
that the whole takes less than two minutes on two cores however much is changed: it is a first
answer, and `make test` the last one.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from tools.imports import ImportGraph, modules_below

ROOT = Path(__file__).parents[1]
# Where Python stands in the repository: folder -> the name that imports it.
PACKAGES = {
    "src/epochal": "epochal",
    "tests": "tests",
    "tools": "tools",
    "benchmarks": "benchmarks",
    "examples": "examples",
}
# Seconds for all tests together; starting and the last test to begin come on top.
SECONDS = 80
# Modules at most: to collect the tests of more takes longer than there is time to run them.
MODULES = 40
# They read every file, take a second each, and are what a change breaks most often.
ALWAYS = ("tests/test_architecture.py", "tests/test_public_surface.py")
DOCUMENTS = "tests/test_docs.py"
# A test module in the folder of a changed file, without an import of it: as near as this.
SAME_FOLDER = 2


def git(*arguments: str, root: Path = ROOT) -> list[str]:
    """Run git, and return the lines that it prints; none if it fails."""
    command = ["git", "-c", "core.quotepath=off", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def changed_files(root: Path = ROOT) -> list[str]:
    """List what differs from main, committed or not; on a clean main, from the commit before."""
    bases = (git("merge-base", "HEAD", name, root=root) for name in ("origin/main", "main"))
    base = next(chain.from_iterable(bases), "HEAD")
    new = git("ls-files", "--others", "--exclude-standard", root=root)
    found = git("diff", "--name-only", base, root=root) + new
    return sorted(set(found or git("diff", "--name-only", "HEAD~1", root=root)))


def mirrored(test: str) -> str:
    """The folder whose files a test module tests, by the folder that it stands in itself."""
    folder = Path(test).parent.relative_to("tests").as_posix()
    return folder if folder.split("/")[0] in PACKAGES else f"src/epochal/{folder}"


class Selection:
    """The test modules of a repository, by how near they are to changed files.

    Parameters
    ----------
    root : Path
        The repository.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        modules = [
            m for folder, name in PACKAGES.items() for m in modules_below(root / folder, name)
        ]
        self.graph = ImportGraph(modules)
        self.files = {m.path.relative_to(root).as_posix(): m.name for m in modules}
        self.tests = [path for path in self.files if Path(path).name.startswith("test_")]

    def _modules_of(self, path: str) -> Iterator[str]:
        """The modules of a changed file: itself, or of a C++ or HTML file, those beside it."""
        if path in self.files:
            yield self.files[path]
            return
        folder = Path(path).parent
        while folder.parts and not any((self.root / folder).glob("*.py")):
            folder = folder.parent
        if folder.parts:
            yield from (name for file, name in self.files.items() if Path(file).parent == folder)

    def _distance(self, test: str, changed: set[str], folders: set[str]) -> int | None:
        """How many imports lie between a test module and what changed; None: it imports none."""
        reached = self.graph.distances(self.files[test])
        for folder in Path(test).parents:
            conftest = (folder / "conftest.py").as_posix()
            if conftest in self.files:
                further = self.graph.distances(self.files[conftest])
                reached |= {n: d + 1 for n, d in further.items() if d + 1 < reached.get(n, d + 2)}
        distances = [reached[name] for name in changed & reached.keys()]
        if mirrored(test) in folders:
            distances.append(SAME_FOLDER)
        return min(distances, default=None)

    def nearest_first(self, paths: Iterable[str]) -> list[str]:
        """List the test modules that changes in `paths` call for, the nearest first."""
        paths = list(paths)
        changed = {name for path in paths for name in self._modules_of(path)}
        folders = {Path(path).parent.as_posix() for path in paths}
        found = {}
        for test in self.tests:
            distance = self._distance(test, changed, folders)
            if distance is not None:
                found[test] = distance
        if any(path.endswith(".md") for path in paths) and DOCUMENTS in self.tests:
            found[DOCUMENTS] = min(1, found.get(DOCUMENTS, 1))
        names = {f"test_{Path(path).stem}" for path in paths}

        def rank(test: str) -> tuple[bool, bool, int, bool, str]:
            beside = mirrored(test) in folders
            named = beside and Path(test).stem in names
            return test not in ALWAYS, not named, found[test], not beside, test

        found |= {test: 0 for test in ALWAYS if test in self.tests}
        return sorted(found, key=rank)


def main(arguments: list[str] | None = None) -> int:
    """Select and run; return pytest's exit status."""
    parser = argparse.ArgumentParser(prog="make quick", description=__doc__)
    parser.add_argument("--list", action="store_true", help="only name the test modules")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="default: %(default)s")
    options = parser.parse_args(arguments)
    paths = changed_files()
    selected = Selection().nearest_first(paths)
    tests = selected[:MODULES]
    of_all = (
        f"the nearest {len(tests)} of {len(selected)}" if selected != tests else str(len(tests))
    )
    sys.stdout.write(f"{len(paths)} changed files, {of_all} test modules, nearest first\n")
    sys.stdout.flush()
    if options.list:
        sys.stdout.write("\n".join(tests) + "\n")
        return 0
    # `load` hands out tests in their order, where `worksteal` would begin in two places.
    how = ["--numprocesses", "auto", "--dist", "load", "--maxschedchunk", "4"]
    command = [sys.executable, "-m", "pytest", "-p", "tools.deadline", "-m", "not slow", *how]
    environment = os.environ | {"EPOCHAL_TEST_DEADLINE": str(time.time() + options.seconds)}
    return subprocess.run([*command, *tests], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
