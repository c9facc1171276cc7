"""Descriptions of format 0.3 and 0.4, whose axes are letters such as "bcyx".

https://github.com/bioimage-io/spec-bioimage-io: model descriptions v0.3 and v0.4.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from parfocal_worker import WeightsError

from parfocal_deepimagej.description import Axis, Description, Reference, Step, Tensor
from parfocal_deepimagej.macro_names import read_macros


def parse_letters(fields: dict[str, Any]) -> Description:
    """Turn the content of an rdf.yaml 0.3 or 0.4 into a description.

    Raises
    ------
    WeightsError
        It describes several inputs or axes that an image does not have.
    """
    inputs = [_tensor(each, _input_axes(each), "preprocessing") for each in fields["inputs"]]
    outputs = [_tensor(each, _output_axes(each), "postprocessing") for each in fields["outputs"]]
    if len(inputs) != 1:
        raise WeightsError(
            f"the network takes {len(inputs)} inputs ({', '.join(each.name for each in inputs)}), one image is given",
            hint="choose a model with one input",
        )
    pre, post = read_macros(fields)
    return Description(
        name=str(fields.get("name", "")),
        format=str(fields["format_version"]),
        input=inputs[0],
        outputs=tuple(outputs),
        pre_macros=pre,
        post_macros=post,
        signature=_signature(fields),
    )


def _tensor(fields: dict[str, Any], axes: tuple[Axis, ...], key: str) -> Tensor:
    letters = "".join(axis.letter for axis in axes)
    steps = [read_step(each, letters) for each in fields.get(key) or []]
    data_type = str(fields.get("data_type", "float32"))
    if key == "preprocessing":
        steps.append(Step("ensure_dtype", {"dtype": data_type}))
    return Tensor(str(fields["name"]), axes, tuple(steps), data_type)


def _input_axes(fields: dict[str, Any]) -> tuple[Axis, ...]:
    letters = _letters(fields["axes"])
    shape = fields["shape"]
    if isinstance(shape, dict):
        return tuple(
            Axis(letter, int(low), int(step))
            for letter, low, step in zip(letters, shape["min"], shape["step"], strict=True)
        )
    return tuple(
        Axis(letter, int(size)) if int(size) > 0 else Axis(letter, 1, 1)
        for letter, size in zip(letters, shape, strict=True)
    )


def _output_axes(fields: dict[str, Any]) -> tuple[Axis, ...]:
    letters = _letters(fields["axes"])
    halos = fields.get("halo") or [0] * len(letters)
    shape = fields["shape"]
    if not isinstance(shape, dict):
        return tuple(
            Axis(letter, int(size), halo=int(halo)) for letter, size, halo in zip(letters, shape, halos, strict=True)
        )
    axes: list[Axis] = []
    for letter, scale, offset, halo in zip(letters, shape["scale"], shape["offset"], halos, strict=True):
        offset_at_each_end = Fraction(str(offset))
        if not scale:  # length does not depend on the input
            axes.append(Axis(letter, int(2 * offset_at_each_end), halo=int(halo)))
        else:
            axes.append(
                Axis(letter, 0, reference=Reference(letter, Fraction(str(scale)), offset_at_each_end), halo=int(halo))
            )
    return tuple(axes)


def _letters(axes: str) -> str:
    unknown = set(axes) - set("bitczyx")
    if unknown:
        raise WeightsError(f"axes {axes} have a letter that is not one of b, i, t, c, z, y, x", hint=None)
    return axes


def read_step(fields: dict[str, Any], letters: str) -> Step:
    """A step in the words of 0.5: axes are letters that are reduced over, the batch among them for whole data sets."""
    name = str(fields["name"])
    given: dict[str, Any] = dict(fields.get("kwargs") or {})
    mode = given.pop("mode", None)
    axes: str | None = given.pop("axes", None)
    if name in ("zero_mean_unit_variance", "scale_linear") and (mode == "fixed" or name == "scale_linear"):
        if axes is not None:
            rest = [letter for letter in letters if letter not in axes and letter != "b"]
            given["axis"] = rest[0] if len(rest) == 1 else None
        return Step("fixed_zero_mean_unit_variance" if mode == "fixed" else name, given)
    if axes is not None:
        given["axes"] = ("b" if mode == "per_dataset" else "") + axes
    elif mode == "per_sample":
        given["axes"] = letters.replace("b", "")
    return Step(name, given)


def _signature(fields: dict[str, Any]) -> str | None:
    keys = ((fields.get("config") or {}).get("deepimagej") or {}).get("model_keys") or {}
    found = keys.get("tensorflow_siganture_def", keys.get("tensorflow_signature_def"))
    return str(found) if found else None
