"""Signatures that a class inherits from another library: an extension of griffe, for the site.

Griffe reads epochal's source and no other, so it takes a subclass of `keras.layers.Dropout` without
an `__init__` of its own for one without arguments, and the parameters of its docstring for
mistakes. Python knows better.
"""

import inspect
from importlib import import_module
from typing import Any

import griffe

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: griffe.ParameterKind.positional_only,
    inspect.Parameter.POSITIONAL_OR_KEYWORD: griffe.ParameterKind.positional_or_keyword,
    inspect.Parameter.VAR_POSITIONAL: griffe.ParameterKind.var_positional,
    inspect.Parameter.KEYWORD_ONLY: griffe.ParameterKind.keyword_only,
    inspect.Parameter.VAR_KEYWORD: griffe.ParameterKind.var_keyword,
}


def parameters(signature: inspect.Signature) -> griffe.Parameters:
    """Say in griffe's terms what Python knows of a signature."""
    return griffe.Parameters(
        *(
            griffe.Parameter(
                parameter.name,
                kind=KINDS[parameter.kind],
                default=None if parameter.default is parameter.empty else repr(parameter.default),
            )
            for parameter in signature.parameters.values()
        )
    )


class InheritedSignatures(griffe.Extension):
    """Give a class the signature of the `__init__` that it inherits from another library."""

    def on_class(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Called by griffe for every class, when its own members are known."""
        if "__init__" in cls.members or not cls.bases or "dataclass" in cls.labels:
            return
        found = getattr(import_module(cls.module.path), cls.name, None)
        if found is None or found.__init__ is object.__init__:
            return
        defined_in = inspect.getmodule(found.__init__)
        if defined_in is None or defined_in.__name__.partition(".")[0] == "epochal":
            return
        signature = inspect.signature(found.__init__)
        init = griffe.Function("__init__", parameters=parameters(signature))
        cls.set_member("__init__", init)
