"""The package's public names: every name is there, and none is paid for before it is asked for."""

import subprocess
import sys

import pytest

import epochal.data


@pytest.mark.parametrize("name", epochal.data.__all__)
def test_every_name_is_there(name):
    assert getattr(epochal.data, name) is not None


def test_a_wrong_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="attribute shuffle"):
        getattr(epochal.data, "shuffle")  # noqa: B009


def test_importing_the_package_imports_none_of_the_heavy_packages():
    code = (
        "import sys, epochal.data; epochal.data.datasets;"
        "sys.exit(str({'keras', 'jax', 'sklearn', 'skops'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr.strip() == "set()"
