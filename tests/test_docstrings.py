"""Every public docstring is one of numpydoc's: its parameters are the real ones, and described."""

import pytest
from numpydoc.validate import validate

import epochal
from tools.site import has_own_docstring, public_names

# What numpydoc leaves to taste, and why it is not asked for here.
NOT_ASKED = {
    "SA01": "the reference lists the neighbours of a name on its page",
    "ES01": "one line is enough where it says all",
    "EX01": "some names are only met as results of others, whose examples show them",
    "PR04": "types are annotated; the text says what an annotation cannot, such as a shape",
    "PR03": "parameters that belong together are described together",
    "RT03": "a first line such as 'The loss of every step.' has described the result",
    "RT04": "the same",
}
# A result's fields are its attributes, which is where the docstring describes them.
NOT_ASKED_OF_CLASSES = {"PR01"}
DOCUMENTED = [
    (name, value)
    for _, name, value in public_names(epochal)
    if has_own_docstring(value) and value.__module__.startswith("epochal")
]


@pytest.mark.parametrize(("name", "value"), DOCUMENTED, ids=[name for name, _ in DOCUMENTED])
def test_it_is_numpydocs(name: str, value: object) -> None:
    allowed = set(NOT_ASKED) | (NOT_ASKED_OF_CLASSES if isinstance(value, type) else set())
    wrong = [f"{code}: {text}" for code, text in validate(name)["errors"] if code not in allowed]
    assert not wrong, f"{name}: {wrong}"
