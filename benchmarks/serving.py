"""How long `epochal serve` takes for a row: ``python -m benchmarks.serving RUN TABLE``."""

import http.client
import json
import re
import subprocess
import sys
import time

import numpy as np

from epochal.data import read_table

REQUESTS = 1000


def main(run: str, table: str) -> None:
    frame = read_table(table).head(REQUESTS)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    command = [sys.executable, "-m", "epochal.cli", "serve", run, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        found = re.search(r"http://(.+):(\d+)/", service.stderr.readline())
        assert found is not None
        connection = http.client.HTTPConnection(found[1], int(found[2]))
        seconds = [_answer(connection, rows[number % len(rows)]) for number in range(REQUESTS)]
        service.terminate()
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    print(f"{REQUESTS} requests of a row: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


def _answer(connection: http.client.HTTPConnection, row: dict) -> float:
    began = time.perf_counter()
    connection.request("POST", "/predict", json.dumps(row))
    answered = connection.getresponse()
    body = answered.read()
    assert answered.status == 200, body
    return time.perf_counter() - began


if __name__ == "__main__":
    main(*sys.argv[1:])
