"""The diagnosis of a run, with its advice as options of the command line."""

from dataclasses import replace

from epochal.diagnosis.rules import Diagnosis
from epochal.runs.plan import Plan
from epochal.runs.remedies import option_of, training_of
from epochal.runs.testing import TestResult
from epochal.scoring.conclusion import better_baseline
from epochal.translation import translate
from epochal.tuning.fitted_network import FittedNetwork
from epochal.tuning.remedies import advised, remedies_for


def advice_of(plan: Plan, fitted: FittedNetwork, tested: TestResult) -> Diagnosis:
    """What the training shows, and the options to try next.

    A network that a baseline beats is not to be trained on.
    """
    found, better = fitted.diagnosis, better_baseline(tested.comparisons)
    if found.kind == "fine" and better is not None:
        better = translate(better)
        remedy = translate("take {model}, which is better on the test rows", model=better)
        return replace(found, remedy=remedy)
    remedies = remedies_for(found.kind, training_of(plan, fitted))
    return advised(found, [option_of(remedy.changes) for remedy in remedies])
