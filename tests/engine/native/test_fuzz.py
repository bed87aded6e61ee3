"""The fuzzer runs what it draws; `make sanitize` runs more of it, in a build that looks closely."""

import pytest

from tests.engine.native.fuzz import CORPUS, run_case

pytestmark = pytest.mark.native


def test_cases_that_once_ended_the_process_are_survived_and_most_others_are_run():
    cases = [*CORPUS, *range(100)]
    assert sum(map(run_case, cases)) > len(cases) / 3
