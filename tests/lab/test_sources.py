"""Every source of an experiment resolves to an entry of the bibliography, in the code and on the
page.
"""

import re
from pathlib import Path

import pytest

from epochal.lab import ALL_EXPERIMENTS, ALL_SOURCES, Citation, Experiment
from epochal.lab.sources import GERON

PAGE = (Path(__file__).parents[2] / "docs" / "lab.md").read_text()


@pytest.mark.parametrize("experiment", ALL_EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_every_source_of_an_experiment_has_an_entry(experiment: Experiment) -> None:
    assert experiment.sources
    bibliography = PAGE.split("\n## Sources\n")[1]
    for citation in experiment.sources:
        assert citation.source in ALL_SOURCES
        assert f"- **{citation.source.name}**: {citation.source.reference}" in bibliography
    cited = re.findall(rf"\n`{experiment.name}`: .*\n\n\[Source\]\(#sources\): (.*)\.\n", PAGE)
    assert len(cited) == 1
    assert cited[0].startswith("; ".join(map(str, experiment.sources)))


def test_every_entry_is_cited_and_named_once() -> None:
    cited = {citation.source for each in ALL_EXPERIMENTS for citation in each.sources}
    assert cited == set(ALL_SOURCES)
    assert len({source.name for source in ALL_SOURCES}) == len(ALL_SOURCES)


def test_a_citation_names_source_and_section() -> None:
    assert str(Citation(GERON, "Dropout")) == 'Géron 2019, "Dropout"'
    assert str(Citation(GERON)) == "Géron 2019"
