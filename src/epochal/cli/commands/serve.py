"""`epochal serve`: a run that answers over HTTP until it is told to stop."""

import gc
import os
import socket
from contextlib import suppress
from pathlib import Path

from epochal.checks import check_whole
from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.errors import InputError
from epochal.runs import read_run

GRACE = 10
"""Seconds that requests under way are given when the service stops."""


def command(
    run: Path, host: str, port: int, *, max_rows: int, max_bytes: int, **sure: float | None
) -> None:
    """Serve `run` until SIGTERM or Ctrl-C; `sure` is what `RowPredictor` is told besides."""
    check_whole("--max-rows", max_rows, 1, "give e.g. 1000")
    check_whole("--max-bytes", max_bytes, 1, "give e.g. 1000000")
    read_run(run)
    messages = console.progress()
    with _bound(host, port) as listening:
        enable_compilation_cache()
        try:
            serving = console.load("epochal.runs.serving.app", messages)
            uvicorn = console.load("uvicorn", messages)
        except ImportError as error:
            raise InputError(
                "The packages fastapi and uvicorn must be installed to serve a run, got none "
                f"({error}): pip install 'epochal[serve]'."
            ) from error
        predict = serving.RowPredictor(run, **sure)
        app = serving.make_app(predict, most_rows=max_rows, most_bytes=max_bytes)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        address = f"http://{_shown(host)}:{listening.getsockname()[1]}"
        messages.print(f"{run} answers at {address}/predict (stop with Ctrl-C)", soft_wrap=True)
        gc.freeze()  # what has been imported stays: looking through it would hold requests up
        with suppress(KeyboardInterrupt):  # uvicorn has stopped, and passes the signal on
            server.run(sockets=[listening])
    messages.print("stopped")


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens, made before anything slow is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None) or 0  # a name that is not found has a negative one
        why = os.strerror(number) if number > 0 else error
        raise InputError(
            f"--host and --port must be free to listen at, got {host}:{port} ({why}): give another."
        ) from error
    # Its connections inherit it: otherwise the second packet of an answer waits for 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
