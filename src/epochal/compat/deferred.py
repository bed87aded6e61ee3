"""Modules that Keras, JAX and scikit-learn import with themselves, but need in few functions.

They take half of the time that importing Keras takes. So the command `epochal` puts each off until
something of it is asked for: then it is imported, as it would have been, and is the module that it
would have been. In the process of somebody else, how modules are imported is no business of ours.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType
from typing import Any

_SPLASH = "jax.experimental.pallas.ops.tpu.splash_attention"

# A module -> what it is there for.
DEFERRED = {
    "keras._tf_keras": "the names of Keras a second time, for TensorFlow",
    "keras.applications": "networks of others",
    "keras.src.visualization": "galleries of images, with matplotlib",
    "keras.visualization": "the same",
    "keras.wrappers": "scikit-learn's estimators of Keras models",
    "requests": "what RemoteMonitor sends with",
    "h5py": "what weights are saved with",
    "jax.experimental.pallas": "kernels, here those of attention on a TPU",
    "jax.experimental.pallas.ops": "the same",
    "jax.experimental.pallas.ops.tpu": "the same",
    _SPLASH: "the same",
    f"{_SPLASH}.splash_attention_kernel": "the same",
    f"{_SPLASH}.splash_attention_mask": "the same",
    "scipy.sparse": "what JAX computes eigenvectors of sparse matrices with",
    "scipy.sparse.linalg": "the same",
    "scipy.integrate": "what scikit-learn takes the trapezoidal rule from",
    "scipy.interpolate": "what scikit-learn takes splines from",
    "scipy.stats": "what scikit-learn takes a mode or a power transform from",
    "IPython": "what Keras shows the contents of a file with in a notebook",
    "numpy.f2py": "a compiler of Fortran, which SciPy finds among NumPy's names",
    "numpy.testing": "what tests compare arrays with, which SciPy finds there as well",
}

# What scikit-learn takes from one of these by its name when it is imported itself.
TAKEN = {
    "scipy.integrate": ("trapezoid",),
    "scipy.interpolate": ("BSpline",),
    "scipy.stats": ("chi2", "gmean", "rankdata", "spearmanr"),
}

PATIENCE = 60.0  # seconds

_loads: dict[str, Callable[[], None]] = {}  # of what is deferred and not yet loaded


def defer_imports() -> None:
    """Put off the modules of `DEFERRED`, those that are not imported yet."""
    sys.meta_path.insert(0, _Finder())


@contextmanager
def collection_paused() -> Iterator[None]:
    """Inside this nobody looks for garbage: what imports make stays, and there is much of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def import_for_good(name: str) -> ModuleType:
    """Import a module that the process of the command keeps until it ends.

    What it has made is counted as no garbage for good: else the first collections after it would
    look at each of a million objects three times. One that is there already makes nothing.
    """
    if name not in sys.modules:
        with collection_paused():
            import_module(name)
            gc.freeze()
    return sys.modules[name]


class _Finder(MetaPathFinder):
    """Finds the modules of `DEFERRED`, each once: one that is reloaded is there."""

    def __init__(self) -> None:
        self._waiting = set(DEFERRED)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is, to be loaded later; None where it is not one of these."""
        if fullname in self._waiting:
            self._waiting.discard(fullname)
            others = (finder for finder in sys.meta_path if finder is not self)
            specs = (finder.find_spec(fullname, path, target) for finder in others)
            spec = next((spec for spec in specs if spec is not None), None)
            if spec is not None and spec.loader is not None:
                spec.loader = _Deferring(spec.loader)
            return spec
        package = fullname.rpartition(".")[0]
        if package in _loads:
            _loads[package]()
            if fullname in sys.modules:  # its package has imported it
                return _as_it_is(sys.modules[fullname])
        return None


def _as_it_is(module: ModuleType) -> ModuleSpec:
    """A way to import `module` that leaves it as it is."""
    spec = ModuleSpec(module.__name__, _Present(module))
    module.__spec__ = spec  # importlib prefers this to what a finder says
    return spec


class _Present(Loader):
    """Gives the module that there is."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it was."""
        module.__spec__ = self._spec


class _Deferring(Loader):
    """Loads a module when an attribute is asked of it that it has not before."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module that the real loader makes."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Have `module` loaded by the first question that goes to it."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        deferred = _Deferred(module, self._loader)
        deferred.defer()


class _Deferred:
    """A module that is not loaded yet, and how it comes to be."""

    def __init__(self, module: ModuleType, loader: Loader) -> None:
        self._module, self._loader, self._name = module, loader, module.__name__
        self._turn = RLock()
        self._hooks = {"__getattr__": self.ask, "__dir__": self.names}

    def defer(self) -> None:
        """Be asked for what the module has not."""
        vars(self._module).update(self._hooks)
        _loads[self._name] = self.load

    def load(self) -> None:
        """Load it, once: another thread waits, and the one that loads sees what there is."""
        package = self._name.rpartition(".")[0]
        if package in _loads:
            _loads[package]()
        # Where two threads wait for each other's modules, one goes on with what there is.
        if not self._turn.acquire(timeout=PATIENCE):
            return
        try:
            if _loads.pop(self._name, None) is not None:
                self._loader.exec_module(self._module)
                self._forget_hooks()
        except BaseException:  # the next who asks is told the same
            self.defer()
            raise
        finally:
            self._turn.release()

    def ask(self, attribute: str) -> Any:
        """An attribute of the loaded module, or a module of a deferred package."""
        if f"{self._name}.{attribute}" in DEFERRED:
            return import_module(f"{self._name}.{attribute}")
        if self._name in _loads and attribute in TAKEN.get(self._name, ()):
            return _Taken(self._module, attribute)
        self.load()
        if vars(self._module).get("__getattr__") != self.ask:
            return getattr(self._module, attribute)
        raise AttributeError(f"module {self._name!r} has no attribute {attribute!r}")

    def names(self) -> list[str]:
        """The names of the loaded module."""
        self.load()
        return sorted(vars(self._module))

    def _forget_hooks(self) -> None:
        """Leave the module as it would have been; it may have hooks of its own by now."""
        for name, hook in self._hooks.items():
            if vars(self._module).get(name) == hook:
                delattr(self._module, name)


class _Taken:
    """Stands for what has this name in a module, which is loaded when it is used."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._real()(*arguments, **options)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._real(), attribute)

    def _real(self) -> Any:
        dir(self._module)  # loads it
        return getattr(self._module, self._name)
