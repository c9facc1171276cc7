"""The call as a model sees it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parfocal_worker import Cancelled, Context


def test_progress_is_reported_and_is_where_a_call_can_be_cancelled() -> None:
    seen: list[tuple[int, int, str]] = []
    cancelled = False
    context = Context("yx", report=lambda *step: seen.append(step), is_cancelled=lambda: cancelled)
    context.progress(1, 4, "tiles")
    context.check_cancelled()
    cancelled = True
    with pytest.raises(Cancelled):
        context.progress(2, 4)
    with pytest.raises(Cancelled):
        context.check_cancelled()
    assert seen == [(1, 4, "tiles")]


def test_cancelling_passes_through_a_models_own_except() -> None:
    context = Context("yx", is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        try:
            context.check_cancelled()
        except Exception:
            pytest.fail("swallowed")


def test_without_a_host_nothing_happens() -> None:
    context = Context("zyx")
    context.progress(1, 2)
    context.check_cancelled()
    assert (context.axes, context.pixel_size, context.keep_raw) == ("zyx", None, False)


def test_a_warning_is_told_once() -> None:
    context = Context("yx")
    for text in ["a", "b", "a"]:
        context.warn(text)
    assert context._warnings == ["a", "b"]


def test_facts_become_json_and_what_cannot_is_refused_at_once() -> None:
    context = Context("yx")
    context.info(
        number=np.float32(0.5), count=np.int64(3), flag=np.bool_(True), path=Path("a") / "b", nested={"x": [1]}
    )
    assert context._info == {"number": 0.5, "count": 3, "flag": True, "path": str(Path("a/b")), "nested": {"x": [1]}}
    with pytest.raises(TypeError, match="ndarray is not a JSON value"):
        context.info(image=np.zeros(3))
    with pytest.raises(TypeError, match="object is not a JSON value"):
        context.info(thing=object())


def test_the_raw_output_is_kept_under_its_names() -> None:
    context = Context("yx", keep_raw=True)
    raw = {"prob": np.zeros((2, 2), np.float32)}
    context.keep(raw)
    raw.clear()
    assert list(context._raw or {}) == ["prob"]


def test_a_computation_is_stopped_when_the_call_is_cancelled_also_before_it_began() -> None:
    stopped: list[str] = []
    cancelled = False
    context = Context("yx", is_cancelled=lambda: cancelled)
    context.on_cancel(lambda: stopped.append("first"))
    context._cancel()
    context.on_cancel(None)
    context._cancel()
    assert stopped == ["first"]
    cancelled = True
    context.on_cancel(lambda: stopped.append("second"))
    assert stopped == ["first", "second"]
