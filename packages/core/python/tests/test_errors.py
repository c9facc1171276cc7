"""What exceptions mean to the host."""

from __future__ import annotations

import pytest

from parfocal_worker import BadInputError, Cancelled, DeviceUnavailableError, WeightsError
from parfocal_worker._errors import SlotsFullError, describe_error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInputError("grey"), "INPUT_REJECTED"),
        (WeightsError("cut off"), "WEIGHTS_INVALID"),
        (WeightsError("not there", missing=True), "WEIGHTS_MISSING"),
        (DeviceUnavailableError("no cuda:3"), "DEVICE_UNAVAILABLE"),
        (Cancelled(), "CANCELLED"),
        (SlotsFullError("full"), "SLOTS_FULL"),
        (ValueError("std::bad_alloc"), "MODEL_ERROR"),
        (RuntimeError("layer 7"), "MODEL_ERROR"),
        (SystemExit(3), "MODEL_ERROR"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_codes(error: BaseException, code: str) -> None:
    assert describe_error(error)["code"] == code


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (MemoryError("Unable to allocate 600. MiB"), "cpu"),
        (RuntimeError("std::bad_alloc"), "cpu"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), "cpu"),
        (OSError(12, "Cannot allocate memory"), "cpu"),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB"), "gpu"),
        (RuntimeError("CUDA failure 2: out of memory ; GPU=0"), "gpu"),
        (RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 9"), "gpu"),
        (RuntimeError("MPS backend out of memory"), "gpu"),
        (RuntimeError("8007000E Not enough memory resources"), "gpu"),
    ],
    ids=str,
)
def test_memory(error: BaseException, where: str) -> None:
    about = describe_error(error)
    assert (about["code"], about["where"]) == ("OUT_OF_MEMORY", where)


def test_what_the_message_carries() -> None:
    def inner() -> None:
        raise WeightsError("cut off", hint="fetch them again")

    with pytest.raises(WeightsError) as caught:
        inner()
    about = describe_error(caught.value)
    assert about["message"] == "cut off"
    assert about["hint"] == "fetch them again"
    assert about["pythonType"] == "WeightsError"
    assert "in inner" in about["traceback"]


def test_an_exception_without_text_has_its_name_for_one() -> None:
    assert describe_error(KeyError())["message"] == "KeyError"


def test_long_texts_are_cut() -> None:
    about = describe_error(ValueError("x" * 10**6))
    assert len(about["message"]) == 10_000
    assert len(about["traceback"]) <= 100_000
