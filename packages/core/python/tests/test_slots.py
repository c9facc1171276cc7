"""Slots on both sides of the protocol, without a host."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parfocal_worker._errors import ProtocolError, SlotsFullError
from parfocal_worker._slots import InputSlots, OutputSlots, SlotRef, reserve


@pytest.fixture
def outputs(tmp_path: Path) -> OutputSlots:
    (tmp_path / "arena").mkdir()
    return OutputSlots(str(tmp_path / "arena"), str(tmp_path / "disk"), "w1")


def test_a_slot_is_a_file_that_numpy_reads(outputs: OutputSlots) -> None:
    values = np.arange(12, dtype=np.int32).reshape(3, 4)
    ref = outputs.write(values)
    assert np.array_equal(np.load(ref.path, mmap_mode="r", allow_pickle=False), values)
    assert ref.to_message()["bytes"] == 48
    assert SlotRef.from_message(ref.to_message()) == ref


def test_any_memory_order_arrives_in_c_order(outputs: OutputSlots) -> None:
    values = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))[::-1]
    assert np.array_equal(np.load(outputs.write(values).path, allow_pickle=False), values)


def test_a_slot_is_used_again_only_after_its_release_and_with_a_higher_generation(outputs: OutputSlots) -> None:
    first = outputs.write(np.zeros(5, np.uint8))
    second = outputs.write(np.zeros(5, np.uint8))
    assert first.path != second.path
    assert outputs.release([first.path, "/elsewhere.npy"]) == ["/elsewhere.npy"]
    third = outputs.write(np.ones(5, np.uint8))
    assert (third.path, third.generation) == (first.path, first.generation + 1)
    assert outputs.held_view(first) is None


def test_a_view_of_an_input_is_read_only_and_sees_the_next_image(outputs: OutputSlots) -> None:
    inputs = InputSlots()
    ref = outputs.write(np.full(4, 7, np.uint16))
    view = inputs.view(ref)
    assert view.tolist() == [7, 7, 7, 7]
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    outputs.release([ref.path])
    newer = outputs.write(np.full(4, 9, np.uint16))
    assert inputs.view(newer).tolist() == [9, 9, 9, 9]
    with pytest.raises(ProtocolError, match="which is over"):
        inputs.view(ref)


def test_a_message_that_lies_about_a_slot_is_found_out(outputs: OutputSlots, tmp_path: Path) -> None:
    inputs = InputSlots()
    ref = outputs.write(np.zeros((2, 3), np.uint8))
    with pytest.raises(ProtocolError, match="bytes for uint8"):
        SlotRef.from_message({**ref.to_message(), "bytes": 7})
    with pytest.raises(ProtocolError, match="the message says uint8"):
        inputs.view(SlotRef.from_message({**ref.to_message(), "shape": [3, 2]}))
    with pytest.raises(ProtocolError, match="cannot be opened"):
        inputs.view(SlotRef.from_message({**ref.to_message(), "path": str(tmp_path / "none.npy")}))


def test_space_is_reserved_and_a_missing_folder_is_no_full_one(outputs: OutputSlots, tmp_path: Path) -> None:
    with (tmp_path / "reserved").open("wb") as file:
        reserve(file.fileno(), 100_000)
    assert (tmp_path / "reserved").stat().st_size == 100_000
    missing = OutputSlots(str(tmp_path / "none"), str(tmp_path / "none"), "w1")
    with pytest.raises(OSError, match="No such file") as caught:
        missing.write(np.zeros(3, np.uint8))
    assert not isinstance(caught.value, SlotsFullError)
