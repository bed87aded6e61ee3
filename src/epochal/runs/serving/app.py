"""The HTTP service of a run: /predict, /health and /schema."""

import json
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from epochal.runs.serving.row_predictor import ERROR, RowPredictor

MOST_ROWS, MOST_BYTES = 1000, 1_000_000
"""Of a request, where nothing else is asked for."""

_FEW_ROWS = 10


class Refused(Exception):
    """A request that cannot be answered, its HTTP status and why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def make_app(
    predict: RowPredictor, *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
) -> FastAPI:
    """The application that answers for a run.

    ``POST /predict`` takes a row as a JSON object, or a list of rows, and answers in the same form.
    A wrong row of a list is answered by ``{"error": ...}`` in its place; a wrong one alone has the
    status 422. A request that is no JSON has the status 400, one that is too large 413.

    Parameters
    ----------
    predict : RowPredictor
    most_rows, most_bytes : int
        The limits of a request.

    Examples
    --------
    >>> app = make_app(RowPredictor("runs/titanic-survived-1"))  # doctest: +SKIP
    """
    app = FastAPI(title=f"epochal: {predict.name}", version=version("epochal"))

    @app.exception_handler(Refused)
    async def refuse(request: Request, refused: Refused) -> JSONResponse:
        return JSONResponse({ERROR: refused.sentence}, refused.status)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok", "run": predict.name, "version": version("epochal")}

    @app.get("/schema")
    async def schema() -> dict[str, Any]:
        task = predict.task
        return {
            "task": task.kind,
            "target": task.target,
            "classes": task.classes,
            "row": predict.schema,
            "most_rows": most_rows,
        }

    @app.post("/predict", openapi_extra=_request_of(predict.schema))
    async def answer(request: Request) -> JSONResponse:
        content = _content(await _body(request, most_bytes))
        if isinstance(content, list):
            _check_count(len(content), most_rows)
            return JSONResponse(await _answers(predict, content))
        (row,) = await _answers(predict, [content])
        return JSONResponse(row, 422 if ERROR in row else 200)

    return app


async def _answers(predict: RowPredictor, rows: list[Any]) -> list[dict[str, Any]]:
    """Many rows are predicted in a thread; a few take less time than going to one and back."""
    return predict(rows) if len(rows) <= _FEW_ROWS else await run_in_threadpool(predict, rows)


async def _body(request: Request, most: int) -> bytes:
    """The body, read no further than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refused(413, f"A request must be of at most {most:,} bytes: send fewer rows.")
    return bytes(body)


def _content(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(
            400, f"A request must be JSON, got {error}: send a row as an object, or a list of rows."
        ) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name}, which JSON has not")


def _check_count(rows: int, most: int) -> None:
    if not rows:
        raise Refused(400, "A request must have rows, got an empty list: send at least one.")
    if rows > most:
        raise Refused(413, f"A request must have at most {most:,} rows, got {rows:,}: send fewer.")


def _request_of(row: dict[str, Any]) -> dict[str, Any]:
    """What the documentation of the service says of a request."""
    schema = {"oneOf": [row, {"type": "array", "items": row}]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
