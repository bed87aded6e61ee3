"""An experiment whose results are given, and a store that has run it."""

from epochal.lab import ALL_SCALES, Experiment, Result, ResultStore, StoredResult, charts
from epochal.lab.sources import EPOCHAL, Citation

SMALL = ALL_SCALES["small"]


class Silent:
    def run_started(self, experiment, seed):
        pass

    def variant_finished(self, name):
        pass


def given_experiment(values=None, quoted=None, percent=True) -> Experiment:
    """An experiment with these results: (variant, seed) -> value."""
    values = values or {("one", seed): 0.5 + seed / 10 for seed in (0, 1, 2)}

    def run(scale, seed):
        for (variant, of), value in values.items():
            if of == seed:
                yield variant, Result(value=value, epochs=3 + seed, seconds_per_epoch=0.25)

    return Experiment(
        name="given",
        title="Given",
        claim="None.",
        sources=[Citation(EPOCHAL)],
        measure="fraction",
        percent=percent,
        quoted=quoted or {},
        run=run,
        draw=charts.means("fraction"),
    )


def run_and_read(folder, experiment) -> list[StoredResult]:
    """Run every seed that has no result yet, and read all results."""
    results = ResultStore(folder, SMALL)
    for one, seed in results.missing([experiment]):
        results.run(one, seed, Silent())
    return results.of(experiment)
