"""Descriptions of format 0.5, whose axes have types and ids.

https://github.com/bioimage-io/spec-bioimage-io: model description v0.5.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from parfocal_worker import WeightsError

from parfocal_deepimagej.description import Axis, Description, Reference, Step, Tensor
from parfocal_deepimagej.macro_names import read_macros

_LETTERS = {"batch": "b", "channel": "c", "time": "t", "index": "i", "b": "b", "c": "c", "t": "t", "i": "i"}


def parse_named(fields: dict[str, Any]) -> Description:
    """Turn the content of a bioimageio.yaml 0.5 into a description.

    Raises
    ------
    WeightsError
        It describes several inputs that the network needs, or axes that an image does not have.
    """
    sizes: dict[tuple[str, str], dict[str, Any]] = {}
    for kind in ("inputs", "outputs"):
        for each in fields[kind]:
            for axis in each["axes"]:
                sizes[(_name(each, kind), _letter(axis))] = axis
    inputs = [_tensor(each, "inputs", sizes) for each in fields["inputs"]]
    needed = [each for each in inputs if not each.optional] or inputs[:1]
    if len(needed) != 1:
        raise WeightsError(
            f"the network takes {len(needed)} inputs ({', '.join(each.name for each in needed)}), one image is given",
            hint="choose a model with one input",
        )
    if needed[0] is not inputs[0]:
        raise WeightsError(f"the network's first input, {inputs[0].name}, is optional and the image another", hint=None)
    pre, post = read_macros(fields)
    return Description(
        name=str(fields.get("name", "")),
        format=str(fields["format_version"]),
        input=needed[0],
        outputs=tuple(_tensor(each, "outputs", sizes) for each in fields["outputs"]),
        pre_macros=pre,
        post_macros=post,
    )


def _name(fields: dict[str, Any], kind: str) -> str:
    return str(fields.get("id", kind[:-1]))


def _tensor(fields: dict[str, Any], kind: str, sizes: dict[tuple[str, str], dict[str, Any]]) -> Tensor:
    name = _name(fields, kind)
    axes = tuple(_axis(axis, kind, sizes) for axis in fields["axes"])
    key = "preprocessing" if kind == "inputs" else "postprocessing"
    steps = tuple(read_step(each) for each in fields.get(key) or [])
    data: Any = fields.get("data") or {}
    data_type = data[0].get("type", "float32") if isinstance(data, list) else data.get("type", "float32")
    return Tensor(name, axes, steps, str(data_type), bool(fields.get("optional", False)))


def _letter(axis: dict[str, Any]) -> str:
    kind = str(axis["type"])
    if kind != "space":
        return _LETTERS[kind]
    letter = str(axis.get("id", "x"))
    if letter not in ("z", "y", "x"):
        raise WeightsError(f"axis {letter} is not one of z, y, x", hint=None)
    return letter


def _axis(axis: dict[str, Any], kind: str, sizes: dict[tuple[str, str], dict[str, Any]]) -> Axis:
    letter = _letter(axis)
    halo = int(axis.get("halo", 0))
    names = axis.get("channel_names")
    size: Any = axis.get("size")
    if letter == "b":
        return Axis("b", int(size) if isinstance(size, int) else 1, 0)
    if letter == "c" and isinstance(names, list):
        return Axis("c", len(names), names=tuple(str(name) for name in names))
    if isinstance(size, int):
        return Axis(letter, size, halo=halo)
    if isinstance(size, dict) and "step" in size:
        return Axis(letter, int(size["min"]), int(size["step"]), halo=halo)
    if isinstance(size, dict) and "axis_id" in size:
        return _following(axis, letter, kind, sizes, halo)
    return Axis(letter, 0, halo=halo)  # known after the network only


def _following(
    axis: dict[str, Any], letter: str, kind: str, sizes: dict[tuple[str, str], dict[str, Any]], halo: int
) -> Axis:
    """An axis whose length follows from another one's: size * scale / own scale + offset, half of it at each end."""
    size = axis["size"]
    other_letter = _LETTERS.get(str(size["axis_id"]), str(size["axis_id"]))
    other = sizes[(str(size["tensor_id"]), other_letter)]
    factor = Fraction(str(other.get("scale", 1))) / Fraction(str(axis.get("scale", 1)))
    offset = Fraction(int(size.get("offset", 0)), 2)
    given: Any = other.get("size")
    if kind == "inputs" and factor == 1 and offset == 0:
        if isinstance(given, int):
            return Axis(letter, given)
        if isinstance(given, dict) and "step" in given:
            return Axis(letter, int(given["min"]), int(given["step"]), reference=Reference(other_letter))
    if kind == "inputs":
        raise WeightsError(
            f"the length of axis {letter} follows from axis {other_letter} in a way unknown here", hint=None
        )
    return Axis(letter, 0, reference=Reference(other_letter, factor, offset), halo=halo)


def read_step(fields: dict[str, Any]) -> Step:
    """A step with axes as letters."""
    given: dict[str, Any] = dict(fields.get("kwargs") or {})
    if given.get("axes") is not None:
        given["axes"] = "".join(_LETTERS.get(str(name), str(name)) for name in given["axes"])
    if given.get("axis") is not None:
        given["axis"] = _LETTERS.get(str(given["axis"]), str(given["axis"]))
    return Step(str(fields.get("id", fields.get("name"))), given)
