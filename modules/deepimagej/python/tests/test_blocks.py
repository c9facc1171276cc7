"""Cutting images into blocks and putting outputs together again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from parfocal_worker import BadInputError

from parfocal_deepimagej.blocks import Assembly, Plan, cut, pad, plan_blocks
from parfocal_deepimagej.description import Axis, Reference, Tensor


def tensors(
    axis: dict[str, int], halo: int = 0, factor: Fraction = Fraction(1), offset: Fraction = Fraction(0)
) -> tuple[Tensor, Tensor]:
    given = Tensor(
        "in", (Axis("b"), Axis("c"), Axis("y", axis["min"], axis["step"]), Axis("x", axis["min"], axis["step"]))
    )
    returned = Tensor(
        "out",
        (
            Axis("b"),
            Axis("c"),
            *(Axis(letter, 0, reference=Reference(letter, factor, offset), halo=halo) for letter in "yx"),
        ),
    )
    return given, returned


def assemble(image: np.ndarray, given: Tensor, returned: Tensor, plan: Plan, border: int, zoom: Fraction) -> np.ndarray:
    """Send an image through a network that only crops and repeats or skips pixels."""
    padded = pad(image[np.newaxis, np.newaxis], given.letters, plan)
    part = Assembly(returned, plan)
    for index in plan.blocks:
        block = cut(padded, given.letters, plan, index)
        assert block.shape[2:] == tuple(line.size for line in plan.lines)
        if border:
            block = block[:, :, border:-border, border:-border]
        if zoom > 1:
            block = np.repeat(np.repeat(block, int(zoom), 2), int(zoom), 3)
        elif zoom < 1:
            block = block[:, :, :: zoom.denominator, :: zoom.denominator]
        part.add(block, index)
    assert part.values is not None
    return part.values[0, 0]


@pytest.mark.parametrize("sides", [(1, 1), (5, 64), (61, 97), (128, 300), (257, 33)])
@pytest.mark.parametrize(
    ("axis", "halo", "limit"),
    [
        ({"min": 64, "step": 0}, 8, None),
        ({"min": 64, "step": 0}, 0, None),
        ({"min": 16, "step": 8}, 5, 48),
        ({"min": 1, "step": 1}, 3, 20),
        ({"min": 32, "step": 16}, 0, None),
    ],
)
def test_every_pixel_comes_back_to_its_place(
    sides: tuple[int, int], axis: dict[str, int], halo: int, limit: int | None
) -> None:
    image = np.random.default_rng(1).random(sides).astype(np.float32)
    given, returned = tensors(axis, halo)
    plan = plan_blocks(given, [returned], dict(zip("yx", sides, strict=True)), limit)
    np.testing.assert_array_equal(assemble(image, given, returned, plan, 0, Fraction(1)), image)
    for line in plan.lines:
        assert line.size in ({axis["min"]} if axis["step"] == 0 else range(axis["min"], 10_000, axis["step"]))
        kept = [line.kept(index) for index in range(len(line.starts))]
        assert kept[0][0] == 0
        assert kept[-1][1] == line.length
        for index, (first, last) in enumerate(kept):
            start = line.starts[index] - line.before
            assert index == 0 or first - start >= halo
            assert index == len(kept) - 1 or start + line.size - last >= halo


def test_a_network_that_loses_its_border_gets_a_mirrored_one() -> None:
    image = np.random.default_rng(2).random((50, 90)).astype(np.float32)
    given, returned = tensors({"min": 40, "step": 0}, offset=Fraction(-6))
    plan = plan_blocks(given, [returned], {"y": 50, "x": 90}, None)
    assert len(plan.blocks) == 8
    np.testing.assert_array_equal(assemble(image, given, returned, plan, 6, Fraction(1)), image)


@pytest.mark.parametrize("zoom", [Fraction(2), Fraction(1, 2)])
def test_outputs_of_another_scale(zoom: Fraction) -> None:
    image = np.random.default_rng(3).random((70, 130)).astype(np.float32)
    given, returned = tensors({"min": 32, "step": 0}, halo=3, factor=zoom)
    plan = plan_blocks(given, [returned], {"y": 70, "x": 130}, None)
    expected = np.repeat(np.repeat(image, 2, 0), 2, 1) if zoom > 1 else image[::2, ::2]
    np.testing.assert_array_equal(assemble(image, given, returned, plan, 0, zoom), expected)


def test_volumes() -> None:
    volume = np.random.default_rng(4).random((1, 1, 20, 70, 50)).astype(np.float32)
    letters = (Axis("b"), Axis("c"), *(Axis(letter, 8, 8) for letter in "zyx"))
    returned = Tensor("out", tuple(Axis(a.letter, 0, reference=Reference(a.letter), halo=4) for a in letters))
    given = Tensor("in", letters)
    plan = plan_blocks(given, [returned], {"z": 20, "y": 70, "x": 50}, 24)
    assert [len(line.starts) for line in plan.lines] == [1, 4, 3]
    padded = pad(volume, given.letters, plan)
    part = Assembly(returned, plan)
    for index in plan.blocks:
        part.add(cut(padded, given.letters, plan, index), index)
    assert part.values is not None
    np.testing.assert_array_equal(part.values, volume)


def test_blocks_start_where_pooling_starts() -> None:
    given, returned = tensors({"min": 96, "step": 0}, halo=10)
    plan = plan_blocks(given, [returned], {"y": 96, "x": 500}, None)
    assert all(start % 32 == 0 for line in plan.lines for start in line.starts)


def test_large_images_are_cut_by_themselves() -> None:
    given, returned = tensors({"min": 16, "step": 16}, halo=16)
    whole = plan_blocks(given, [returned], {"y": 1024, "x": 1024}, None)
    assert len(whole.blocks) == 1
    plan = plan_blocks(given, [returned], {"y": 4000, "x": 3000}, None)
    assert max(line.size for line in plan.lines) <= 1100
    assert len(plan.blocks) <= 25


def test_sides_that_must_be_equal() -> None:
    given = Tensor("in", (Axis("y", 8, 8), Axis("x", 8, 8, reference=Reference("y"))))
    plan = plan_blocks(given, [], {"y": 20, "x": 50}, None)
    assert [line.size for line in plan.lines] == [56, 56]


def test_says_when_an_output_cannot_be_put_together() -> None:
    given, _ = tensors({"min": 32, "step": 0})
    classes = Tensor("classes", (Axis("b"), Axis("c", 10)))
    assert len(plan_blocks(given, [classes], {"y": 30, "x": 32}, None).blocks) == 1
    with pytest.raises(BadInputError, match="larger than one block.*its output classes lies over the image along x"):
        plan_blocks(given, [classes], {"y": 30, "x": 33}, None)
    given, returned = tensors({"min": 32, "step": 0}, halo=16)
    with pytest.raises(BadInputError, match="its halo of 16 pixels leaves nothing"):
        plan_blocks(given, [returned], {"y": 64, "x": 64}, None)


def test_says_when_the_network_returns_another_shape() -> None:
    given, returned = tensors({"min": 32, "step": 0})
    plan = plan_blocks(given, [returned], {"y": 32, "x": 32}, None)
    with pytest.raises(BadInputError, match="has 16 pixels along y, the description says 32"):
        Assembly(returned, plan).add(np.zeros((1, 1, 16, 16), np.float32), (0, 0))
    with pytest.raises(BadInputError, match="has 2 axes, the description says bcyx"):
        Assembly(returned, plan).add(np.zeros((32, 32), np.float32), (0, 0))
