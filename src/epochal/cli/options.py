"""Arguments and options that several commands have, and how the help shows the others."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from epochal.cli.arguments import exit_on_input_error
from epochal.data.tasks.heads import ALL_HEADS
from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.models.guidelines import ALL_GUIDELINES
from epochal.runs.network_checks import CLASS_WEIGHTS
from epochal.runs.settings import setting_help, setting_option
from epochal.translation import current_language, language
from epochal.translation.languages import ENGLISH, VARIABLE, known_languages

COLUMNS = "Columns"
ROWS = "Rows"
NETWORK = "Network and training"
BALANCE = "Rare classes and remedies"
OUTPUT = "Output"
SURENESS = "How sure"


def switch(name: str, text: str, panel: str = OUTPUT) -> Any:
    """An option without a value."""
    return typer.Option(name, help=text, rich_help_panel=panel)


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Quiet = Annotated[bool, switch("--quiet", "Print results and errors alone.")]
Json = Annotated[bool, switch("--json", "Print the result as one JSON document.")]
Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A table file, or the name of a data set.")
]
RunPath = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run: a folder that `epochal train` wrote.")
]
Sheet = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Name of the sheet of an Excel file.",
        show_default="the first",
        rich_help_panel=ROWS,
    ),
]
Coverage = Annotated[
    float | None,
    typer.Option(
        metavar="FRACTION",
        help="Add intervals or sets that hold the truth so often, e.g. 0.9.",
        show_default="none",
        rich_help_panel=SURENESS,
    ),
]
MaxError = Annotated[
    float | None,
    typer.Option(
        metavar="FRACTION",
        help="Answer only rows of which so few are wrong, e.g. 0.02.",
        show_default="answer all",
        rich_help_panel=SURENESS,
    ),
]
FalseAlarms = Annotated[
    float | None,
    typer.Option(
        metavar="FRACTION",
        help="Say which rows are unlike the training, wrongly so rarely, e.g. 0.01.",
        show_default="none",
        rich_help_panel=SURENESS,
    ),
]


def speak(context: typer.Context, name: str | None) -> str | None:
    """Speak a language until the command ends; of no name, the one that was asked for before."""
    with exit_on_input_error(context, debug=False):
        context.with_resource(language(name))
        current_language()  # what the environment asks for may be none
    return name


class Shown(NamedTuple):
    """How the help shows a setting: its group, its type, and the values that a shell completes."""

    panel: str
    type: str | None = None
    values: Collection[str] = ()


SETTINGS = {
    "target": Shown(COLUMNS, "COLUMN,..."),
    "task": Shown(COLUMNS, "TASK", ALL_HEADS),
    "positive": Shown(COLUMNS, "CLASS"),
    "metric": Shown(COLUMNS, "SCORE"),
    "cost": Shown(COLUMNS, "fp=COST,fn=COST"),
    "min_precision": Shown(COLUMNS, "FRACTION"),
    "min_recall": Shown(COLUMNS, "FRACTION"),
    "drop": Shown(COLUMNS, "COLUMN,..."),
    "keep": Shown(COLUMNS, "COLUMN,..."),
    "kinds": Shown(COLUMNS, "COLUMN=KIND,..."),
    "network": Shown(NETWORK, "NETWORK", ALL_GUIDELINES),
    "hidden": Shown(NETWORK, "NUMBER,..."),
    "distribution": Shown(NETWORK, "DISTRIBUTION", DISTRIBUTIONS),
    "members": Shown(NETWORK, "NUMBER"),
    "epochs": Shown(NETWORK, "NUMBER"),
    "batch_size": Shown(NETWORK, "NUMBER"),
    "time": Shown(NETWORK, "DURATION"),
    "tune": Shown(NETWORK, "DURATION"),
    "learning_rate": Shown(NETWORK, "NUMBER"),
    "dropout": Shown(NETWORK, "FRACTION"),
    "l2": Shown(NETWORK, "NUMBER"),
    "weight_decay": Shown(NETWORK, "NUMBER"),
    "patience": Shown(NETWORK, "NUMBER"),
    "validation_size": Shown(NETWORK, "FRACTION"),
    "class_weight": Shown(BALANCE, "WAY", CLASS_WEIGHTS),
    "oversample": Shown(BALANCE),
    "try_remedies": Shown(BALANCE),
    "seed": Shown(NETWORK, "NUMBER"),
    "group": Shown(ROWS, "COLUMN"),
    "group_duplicates": Shown(ROWS),
    "time_column": Shown(ROWS, "COLUMN"),
    "gap": Shown(ROWS, "DURATION"),
    "cv": Shown(ROWS, "FOLDSxDRAWS"),
    "learning_curve": Shown(ROWS),
    "test_size": Shown(ROWS, "FRACTION"),
    "sheet": Shown(ROWS, "NAME"),
}


def completion(values: Collection[str]) -> Callable[[str], list[str]] | None:
    """What a shell offers for the beginning of a value; None where it knows no values."""

    def beginning_with(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return beginning_with if values else None


def setting(name: str, default: str | None = None) -> Any:
    """The option of one of `TrainSettings`; `default`: what None means."""
    shown = SETTINGS[name]
    return typer.Option(
        setting_option(name),
        help=setting_help(name),
        show_default=default or True,
        metavar=shown.type,
        rich_help_panel=shown.panel,
        autocompletion=completion(shown.values),
    )


Language = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="LANGUAGE",
        help="Language of results and reports: en or ko.",
        show_default=f"{VARIABLE}, or {ENGLISH}",
        callback=speak,
        autocompletion=completion(known_languages()),
    ),
]


def examples(*commands: str) -> str:
    """The end of a command's help; empty lines keep each command on a line of its own."""
    return "\n\n".join(["Examples:", *commands])
