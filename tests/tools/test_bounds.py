"""The constraints of `make lowest`."""

import pytest

from tools.bounds import lower_bound, requirements


@pytest.mark.parametrize(
    ("requirement", "constraint"),
    [
        ("jax>=0.10", "jax==0.10"),
        ("keras>=3.15,<3.17", "keras==3.15"),
        ("scikit-build-core >= 0.11", "scikit-build-core==0.11"),
        ("keras[jax]<4,>=3.15; python_version < '3.14'", "keras==3.15"),
    ],
)
def test_the_lower_bound_becomes_the_version(requirement: str, constraint: str) -> None:
    assert lower_bound(requirement) == constraint


@pytest.mark.parametrize("requirement", ["jax", "torch==2.13.0", "keras<4"])
def test_a_dependency_without_a_lower_bound_is_refused(requirement: str) -> None:
    with pytest.raises(
        ValueError, match=r"must have one lower bound, got .*: write 'name>=version'"
    ):
        lower_bound(requirement)


def test_tools_for_developers_are_left_out() -> None:
    configuration = {
        "build-system": {"requires": ["nanobind>=2.4"]},
        "project": {
            "dependencies": ["jax>=0.10"],
            "optional-dependencies": {"excel": ["openpyxl>=3.1"], "dev": ["ruff"]},
        },
    }
    assert list(requirements(configuration)) == ["nanobind>=2.4", "jax>=0.10", "openpyxl>=3.1"]
