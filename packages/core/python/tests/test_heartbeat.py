"""Signs of life."""

from __future__ import annotations

import queue

import pytest

from parfocal_worker import _heartbeat
from parfocal_worker._heartbeat import Heartbeat


def test_beats_for_the_call_in_hand_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_heartbeat, "PERIOD_SECONDS", 0.01)
    beats: queue.SimpleQueue[int] = queue.SimpleQueue()
    heartbeat = Heartbeat(beats.put)
    with pytest.raises(queue.Empty):
        beats.get(timeout=0.1)
    for call in [7, 8]:
        heartbeat.start(call)
        assert [beats.get(timeout=10) for _ in range(3)] == [call] * 3
        heartbeat.stop()
        while True:
            try:
                assert beats.get(timeout=0.1) == call
            except queue.Empty:
                break
