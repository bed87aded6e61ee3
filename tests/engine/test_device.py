"""What engines ask of the machine."""

import os

import jax

from epochal.engine.device import cores, memory_for_data


def test_some_memory_is_left_for_others(monkeypatch):
    assert memory_for_data() > 0

    class Accelerator:
        def memory_stats(self) -> dict:
            return {"bytes_limit": 1000, "bytes_in_use": 200}

    monkeypatch.setattr(jax, "local_devices", lambda: [Accelerator()])
    assert memory_for_data() == 400


def test_the_cores_are_those_of_the_process(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
