"""Images out of a node's inputs, labels into its outputs."""

from types import SimpleNamespace

import numpy as np
import pytest

from parfocal_ga3 import GA3NodeMixin, ParfocalError

node = GA3NodeMixin()


def item(data: object, **about: object) -> SimpleNamespace:
    return SimpleNamespace(data=data, **about)


def test_a_channel_is_chosen_by_place_or_name():
    """Of several components; one alone needs no choice."""
    data = np.arange(1 * 2 * 3 * 3, dtype=np.uint16).reshape(1, 2, 3, 3)
    inp = item(data, channelName=("DAPI", "GFP", "Cy5"))
    assert np.array_equal(node.extract_2d_image(inp, 1), data[0, :, :, 1])
    assert np.array_equal(node.extract_2d_image(inp, "Cy5"), data[0, :, :, 2])
    assert node.extract_2d_image(inp).axes == "yxc"
    with pytest.raises(ParfocalError, match='no channel "RFP"; it has 3 with "DAPI", "GFP", "Cy5"'):
        node.extract_2d_image(inp, "RFP")
    with pytest.raises(ParfocalError, match="the last is 2; 3 was asked for"):
        node.extract_2d_image(inp, 3)


def test_an_image_may_be_kept():
    """NIS-Elements uses its memory again after the call."""
    data = np.ones((1, 4, 4, 1), np.uint8)
    image = node.extract_2d_image(item(data))
    data[...] = 7
    assert image.max() == 1


def test_calibration_is_micrometres_and_zero_is_unknown():
    """Its order is x, y, z."""
    volume = np.zeros((3, 4, 4, 1), np.uint16)
    calibrated = item(volume, metadata=SimpleNamespace(calibration=(0.3, 0.4, 0.0)))
    assert node.extract_volume(calibrated).pixel_size == {"x": 0.3, "y": 0.4}
    assert node.extract_volume(item(volume, calibration=(0.3, 0.4, 2.0))).pixel_size == {"x": 0.3, "y": 0.4, "z": 2.0}
    assert node.extract_volume(item(volume, calibration=(0.0, 0.0, 0.0))).pixel_size == {}


def test_a_stack_is_no_frame():
    """The 2D node gets planes."""
    with pytest.raises(ParfocalError, match="3 planes"):
        node.extract_2d_image(item(np.zeros((3, 4, 4, 1), np.uint16)))


@pytest.mark.parametrize("count", [300, 70_000])
def test_numbers_are_never_wrapped(count: int):
    """int32 keeps them; a mask holds as many pieces as there were objects."""
    labels = np.zeros((1, 3 * count), np.int64)
    labels[0, ::3] = np.arange(1, count + 1)
    kept = item(np.zeros((1, *labels.shape, 1), np.int32))
    node.insert_2d_result(kept, labels)
    assert np.array_equal(kept.data[0, :, :, 0], labels)
    mask = item(np.zeros((1, *labels.shape, 1), np.uint8))
    node.insert_2d_result(mask, labels)
    assert int((np.diff(mask.data.ravel(), prepend=0) == 1).sum()) == count


def test_objects_that_touch_are_apart_in_a_mask():
    """Also where their numbers are equal modulo 256."""
    labels = np.zeros((5, 8), np.int32)
    labels[1:4, 1:4], labels[1:4, 4:7] = 1, 257
    mask = item(np.zeros((1, 5, 8, 1), np.uint8))
    node.insert_2d_result(mask, labels)
    assert mask.data[0, 2, :, 0].tolist() == [0, 1, 1, 0, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("labels", "dtype", "says"),
    [
        (np.ones((4, 5), np.int32), np.int32, r"the output is \(1, 4, 4, 1\), the labels are \(1, 4, 5, 1\)"),
        (np.ones((4, 4), np.float32), np.int32, "labels are integers with 2 axes; these are float32"),
        (np.full((4, 4), 2**31, np.int64), np.int32, "from 2147483648 to 2147483648; int32 holds 0 to 2147483647"),
        (np.full((4, 4), -1, np.int32), np.int32, "from -1 to -1"),
        (np.ones((4, 4), np.int32), np.uint16, r"(?s)the output is uint16.*call makeInt32\(\) or makeUInt8\(\)"),
        (np.ones((1, 4, 4), np.int32), np.int32, "labels are integers with 2 axes"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(labels: np.ndarray, dtype: type, says: str):
    """The output stays as it was."""
    out = item(np.full((1, 4, 4, 1), 9, dtype))
    with pytest.raises(ParfocalError, match=says):
        node.insert_2d_result(out, labels)
    assert (out.data == 9).all()


def test_an_output_that_is_not_there_yet_says_when_it_is():
    """Programs give outputs at their final call alone."""
    with pytest.raises(ParfocalError, match=r"when ctx\.finalCall is True"):
        node.insert_2d_result(item(None), np.ones((4, 4), np.int32))
