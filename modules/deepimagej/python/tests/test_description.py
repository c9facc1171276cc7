"""Descriptions of every format, and what is wrong with damaged ones."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from parfocal_worker import WeightsError
from shared_data import shared_data

from parfocal_deepimagej.description import Axis, Reference, Step, find_description, read_description

INPUTS_4 = "inputs: [{name: raw, axes: bcyx, data_type: float32, shape: [1, 1, 64, 64]}]"
OUTPUTS_4 = (
    "outputs: [{name: p, axes: bcyx, data_type: float32, halo: [0, 0, 4, 4],"
    " shape: {reference_tensor: raw, scale: [1, 0, 0.5, 0.5], offset: [0, 1.5, -2, 0]}}]"
)


def test_real_descriptions_of_every_format_agree() -> None:
    data = shared_data()
    named = read_description(data / "nuclei-broad" / "bioimageio.yaml")
    letters = read_description(data / "nuclei-broad" / "v0_4_9.bioimageio.yaml")
    assert (named.format, letters.format) == ("0.5.4", "0.4.9")
    for each in (named, letters):
        assert each.input.letters == "bcyx"
        assert [axis.min for axis in each.input.axes] == [1, 1, 512, 512]
        assert [axis.halo for axis in each.outputs[0].axes] == [0, 0, 32, 32]
        assert each.outputs[0].axis("y") == Axis("y", 0, reference=Reference("y"), halo=32)
        assert [step.id for step in each.input.steps if step.id != "ensure_dtype"] == ["zero_mean_unit_variance"]
        assert each.outputs[0].steps[0].id == "sigmoid"
    assert next(step for step in letters.input.steps).kwargs == {"axes": "yx"}
    assert named.outputs[0].axis("c") == Axis("c", 1, names=("probability",))

    rdf = read_description(data / "pancreatic-cells" / "rdf.yaml")
    config = read_description(data / "pancreatic-cells" / "config.xml")
    assert (rdf.format, config.format) == ("0.3.2", "config.xml")
    for each in (rdf, config):
        assert each.input.letters == "byxc"
        assert each.input.axis("y") == Axis("y", 8, 8)
        assert each.outputs[0].axis("x") == Axis("x", 0, reference=Reference("x"), halo=47)
        assert (each.pre_macros, each.post_macros) == (("preprocessing.txt",), ("postprocessing.txt",))
    assert rdf.input.steps[0] == Step("scale_range", {"min_percentile": 0, "max_percentile": 100, "axes": "xy"})
    assert rdf.outputs[0].steps == (Step("binarize", {"threshold": 0.5}),)
    assert (config.tile, rdf.tile) == (816, None)


def test_lengths_that_follow_from_others(described: Callable[..., Path]) -> None:
    folder = described(f"format_version: 0.4.9\nname: a\n{INPUTS_4}\n{OUTPUTS_4}\n")
    output = read_description(find_description(folder)).outputs[0]
    assert output.axis("c") == Axis("c", 3)
    assert output.axis("y") == Axis("y", 0, reference=Reference("y", Fraction(1, 2), Fraction(-2)), halo=4)


def test_names_of_0_5(described: Callable[..., Path]) -> None:
    folder = described(
        """
format_version: 0.5.0
inputs:
  - id: in
    axes:
      - {type: batch}
      - {type: channel, channel_names: [dapi, gfp]}
      - {type: space, id: z, size: 1}
      - {type: space, id: y, size: {min: 16, step: 8}, scale: 2}
      - {type: space, id: x, size: {tensor_id: in, axis_id: y}, scale: 2}
    preprocessing: [{id: scale_linear, kwargs: {gain: [1, 2], offset: [0, 0], axis: channel}}]
  - {id: more, optional: true, axes: [{type: batch}]}
outputs:
  - id: out
    axes:
      - {type: batch}
      - {type: index, size: {min: 0, max: 9}}
      - {type: space, id: y, size: {tensor_id: in, axis_id: y, offset: -4}, scale: 1, halo: 3}
    data: [{type: uint8}]
""",
        "bioimageio.yaml",
    )
    found = read_description(find_description(folder))
    assert found.input.letters == "bczyx"
    assert found.input.axis("c") == Axis("c", 2, names=("dapi", "gfp"))
    assert found.input.axis("x") == Axis("x", 16, 8, reference=Reference("y"))
    assert found.input.steps[0].kwargs["axis"] == "c"
    (output,) = found.outputs
    assert output.letters == "biy"
    assert output.axis("y") == Axis("y", 0, reference=Reference("y", Fraction(2), Fraction(-2)), halo=3)
    assert output.data_type == "uint8"


def test_the_newest_description_in_a_folder_wins(described: Callable[..., Path]) -> None:
    folder = described("", "config.xml")
    assert find_description(folder).name == "config.xml"
    described("", "rdf.yaml")
    assert find_description(folder).name == "rdf.yaml"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a: [", "rdf.yaml", "is no YAML"),
        ("- a", "rdf.yaml", "holds no description of a model"),
        ("name: a", "rdf.yaml", "format_version is missing, it is not one of 0.3, 0.4, 0.5"),
        ("format_version: 0.6.0", "rdf.yaml", "format_version 0.6.0 is not one of"),
        ("format_version: 0.4.0", "rdf.yaml", "is not a complete description: KeyError 'inputs'"),
        ("format_version: 0.5.0\ninputs: []\noutputs: []", "rdf.yaml", "takes 0 inputs"),
        (
            "format_version: 0.4.0\noutputs: []\ninputs:\n"
            + "".join(f"- {{name: {name}, axes: yx, shape: [1, 1]}}\n" for name in "ab"),
            "rdf.yaml",
            r"the network takes 2 inputs \(a, b\), one image is given",
        ),
        (
            "format_version: 0.4.0\noutputs: []\ninputs: [{name: a, axes: byq, shape: [1, 1, 1]}]",
            "rdf.yaml",
            "axes byq have a letter that is not one of",
        ),
        ("<Model>", "config.xml", "it is no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "config.xml", "it declares entities"),
        ("<Model/>", "config.xml", "is not a complete description: KeyError 'OutputOrganization0'"),
    ],
)
def test_says_what_is_wrong(described: Callable[..., Path], text: str, name: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        read_description(described(text, name) / name)


def test_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"holds no bioimageio\.yaml, rdf\.yaml, model\.yaml or config\.xml"
    ) as error:
        find_description(tmp_path)
    assert error.value.missing
