"""DeepImageJ's own description, config.xml, of models for its version 1."""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree

from parfocal_worker import WeightsError

from parfocal_deepimagej.description import Axis, Description, Reference, Step, Tensor

_LETTERS = {"N": "b", "C": "c", "D": "z", "Z": "z", "H": "y", "W": "x"}


def parse_config(text: str) -> Description:
    """Turn the text of a config.xml into a description.

    Raises
    ------
    WeightsError
        It is no XML, or describes several inputs or axes that an image does not have.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise WeightsError("it declares entities, which no description needs", hint="fetch the model again")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities were refused above
    except ElementTree.ParseError as error:
        raise WeightsError(f"it is no XML: {error}", hint="fetch the model again") from error
    fields = {element.tag: (element.text or "").strip() for element in root.iter()}
    count = int(fields.get("NumberOfInputs", "1"))
    if count != 1:
        raise WeightsError(
            f"the network takes {count} inputs, one image is given", hint="choose a model with one input"
        )
    outputs = tuple(_output(fields, index) for index in range(int(fields.get("NumberOfOutputs", "1"))))
    patch = int(fields.get("PatchSize") or 0)
    return Description(
        name=fields.get("Name", ""),
        format="config.xml",
        input=_input(fields),
        outputs=outputs,
        pre_macros=_macro(fields.get("PreprocessingFile")),
        post_macros=_macro(fields.get("PostprocessingFile")),
        tile=patch if patch > 0 else None,
        signature=fields.get("SignatureDefinition") or None,
    )


def _input(fields: dict[str, str]) -> Tensor:
    letters = _organization(fields["InputOrganization0"])
    numbers = [int(number) for number in re.findall(r"-?\d+", fields.get("InputTensorDimensions", ""))]
    sizes = numbers if len(numbers) == len(letters) else [-1] * len(letters)
    step = max(1, int(fields.get("MinimumSize") or 1))
    is_fixed = fields.get("FixedPatch", "false").lower() == "true"
    axes: list[Axis] = []
    for letter, size in zip(letters, sizes, strict=True):
        if letter == "b":
            axes.append(Axis("b", 1))
        elif letter == "c":
            axes.append(Axis("c", size if size > 0 else int(fields.get("Channels") or 1)))
        elif size > 0:
            axes.append(Axis(letter, size))
        elif is_fixed and letter in "yx":
            axes.append(Axis(letter, int(fields["PatchSize"])))
        else:
            axes.append(Axis(letter, step, step))
    return Tensor(fields.get("InputNames0", "input"), tuple(axes), (Step("ensure_dtype", {"dtype": "float32"}),))


def _output(fields: dict[str, str], index: int) -> Tensor:
    letters = _organization(fields[f"OutputOrganization{index}"])
    halo = int(fields.get("Padding") or 0)
    axes = tuple(
        Axis(letter, 0, reference=Reference(letter, Fraction(1)), halo=halo)
        if letter in "zyx"
        else Axis(letter, 1 if letter == "b" else 0)
        for letter in letters
    )
    return Tensor(fields.get(f"OutputNames{index}", f"output{index}"), axes)


def _organization(text: str) -> str:
    unknown = set(text) - set(_LETTERS)
    if unknown:
        raise WeightsError(f"the axes {text} have a letter that is not one of N, C, D, Z, H, W", hint=None)
    return "".join(_LETTERS[letter] for letter in text)


def _macro(name: str | None) -> tuple[str, ...]:
    return (name,) if name and name.lower() not in ("null", "none", "no preprocessing", "no postprocessing") else ()
