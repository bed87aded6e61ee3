"""What `--json` prints: one JSON document for a result, with the names of run.json."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from epochal.conformal.verdict import falls_short
from epochal.runs import Plan, RunFolder
from epochal.runs.storage.workspace import Workspace
from epochal.scoring.json_numbers import nan_to_none
from epochal.translation import language
from epochal.translation.languages import ENGLISH

if TYPE_CHECKING:  # it imports Keras, which the plan of a training need not wait for
    from epochal.runs import Evaluation
    from epochal.sweeps import Sweep


def print_document(document: Mapping[str, Any]) -> None:
    """Print it; all but ASCII is escaped, so that no terminal and no pipe can stumble over it."""
    typer.echo(json.dumps(nan_to_none(document), indent=2, allow_nan=False))


def run_document(run: RunFolder) -> dict[str, Any]:
    """The folder, the report, and all of run.json."""
    report = str(run.report) if run.report.is_file() else None
    return {"run": str(run.path), "report": report, **asdict(run.record)}


def runs_document(
    found: Iterable[RunFolder],
    damaged: Iterable[Path],
    unfinished: Iterable[Workspace],
    removed: Iterable[Workspace],
) -> dict[str, Any]:
    """The runs of a folder, and what killed ones have left in it."""
    return {
        "runs": list(map(run_document, found)),
        "damaged": list(map(str, damaged)),
        "unfinished": [
            {
                "folder": str(each.path),
                "fits": each.kept,
                "command": each.command,
                "in_use": each.in_use,
            }
            for each in unfinished
        ],
        "removed": [str(each.path) for each in removed],
    }


def plan_document(plan: Plan, network: str) -> dict[str, Any]:
    """What a dry run knows, under the names that run.json has for it."""
    return {
        "state": "planned",
        "source": plan.source,
        "name": plan.name,
        "settings": asdict(plan.settings),
        "task": asdict(plan.task),
        "columns": [asdict(column) for column in plan.columns],
        "leaks": [asdict(leak) for leak in plan.leaks],
        "rows": plan.rows,
        "duplicates": asdict(plan.duplicates),
        "split_warnings": [asdict(warning) for warning in plan.warnings],
        "network": network,
    }


def evaluation_document(run: Path, data: str, evaluation: "Evaluation") -> dict[str, Any]:
    """The scores, on what, and how its rows differ: in English, whatever is spoken."""
    document: dict[str, Any] = {"run": str(run), "data": data, **asdict(evaluation)}
    for one, shown in zip(evaluation.coverage, document["coverage"], strict=True):
        shown["falls_short"] = falls_short(one)
    if (drift := evaluation.drift) is not None:
        with language(ENGLISH):
            document["drift"]["sentence"] = drift.sentence
            for column, shown in zip(drift.columns, document["drift"]["columns"], strict=True):
                shown["words"] = column.words
    return document


def sweep_document(found: "Sweep", folder: Path) -> dict[str, Any]:
    """The settings that were tried, the best first, and what follows."""
    return {
        "folder": str(folder),
        "ended": found.ended or "complete",
        "objective": found.objective,
        "tried": found.tried,
        "best": found.best.number,
        "simplest": found.simplest.number,
        "conclusion": found.conclusion,
        "settings": [asdict(setting) for setting in found.settings],
    }
