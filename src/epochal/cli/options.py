"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Data = Annotated[str, typer.Argument(help="A table file, or the name of a data set.")]
RunPath = Annotated[Path, typer.Argument(help="A run: a folder that `epochal train` wrote.")]
