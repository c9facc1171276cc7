"""What a model's description says of its tensors, whichever format it was written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import yaml
from parfocal_worker import WeightsError

FILE_NAMES = ("bioimageio.yaml", "rdf.yaml", "model.yaml", "config.xml")
"""Names that a description may have in a model's folder, the one that wins first."""


@dataclass(frozen=True)
class Reference:
    """A length that follows from an axis of an input.

    Attributes
    ----------
    axis : str
        Letter of that axis.
    factor : Fraction
        Pixels of this axis per pixel of that one.
    offset : Fraction
        Pixels added at each end, often negative: a network with valid convolutions loses its border.
    """

    axis: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True)
class Axis:
    """One axis of a tensor.

    Attributes
    ----------
    letter : str
        "b" batch, "c" channel, "t" time, "i" index, "z", "y" or "x".
    min : int
        Smallest length; the only one where `step` is 0. 0 for an output whose length is not known before.
    step : int
        Lengths are min, min + step, min + 2 * step and so on.
    reference : Reference or None
        Where the length follows from an axis of the input.
    halo : int
        Pixels at each end of this output axis that lack context and are not to be used inside an image.
    names : tuple of str
        What the channels are called, where the description says it.
    """

    letter: str
    min: int = 1
    step: int = 0
    reference: Reference | None = None
    halo: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of pre- or post-processing: its id as in description 0.5, and its arguments."""

    id: str
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Tensor:
    """An input or output of the network.

    Attributes
    ----------
    name : str
    axes : tuple of Axis
        In the order of the tensor.
    steps : tuple of Step
        Pre-processing of an input, post-processing of an output.
    data_type : str
        As the description says, e.g. "float32".
    optional : bool
        An input that the network can do without.
    """

    name: str
    axes: tuple[Axis, ...]
    steps: tuple[Step, ...] = ()
    data_type: str = "float32"
    optional: bool = False

    @property
    def letters(self) -> str:
        """Axis letters in order, e.g. "bcyx"."""
        return "".join(axis.letter for axis in self.axes)

    def axis(self, letter: str) -> Axis | None:
        """The axis of that letter, or None."""
        return next((axis for axis in self.axes if axis.letter == letter), None)


@dataclass(frozen=True)
class Description:
    """A model.

    Attributes
    ----------
    name : str
    format : str
        "0.5.4" and the like, or "config.xml".
    input : Tensor
        The one input that is fed.
    outputs : tuple of Tensor
    pre_macros, post_macros : tuple of str
        Files of ImageJ macros that DeepImageJ would run before and after the network.
    tile : int or None
        Side of a block that the author recommends, in pixels.
    signature : str or None
        Signature of a SavedModel, where the description names one.
    """

    name: str
    format: str
    input: Tensor
    outputs: tuple[Tensor, ...]
    pre_macros: tuple[str, ...] = ()
    post_macros: tuple[str, ...] = ()
    tile: int | None = None
    signature: str | None = None


def find_description(folder: Path) -> Path:
    """The description in a model's folder.

    Raises
    ------
    WeightsError
        There is none (`missing` is then True).
    """
    for name in FILE_NAMES:
        if (folder / name).is_file():
            return folder / name
    raise WeightsError(
        f"{folder} holds no {', '.join(FILE_NAMES[:-1])} or {FILE_NAMES[-1]}",
        hint="give the folder of a model of the BioImage Model Zoo or of DeepImageJ",
        missing=True,
    )


def read_description(path: Path) -> Description:
    """Read a description of format 0.3, 0.4 or 0.5, or DeepImageJ's config.xml.

    Parameters
    ----------
    path : Path
        The file. Other files are not touched.

    Raises
    ------
    WeightsError
        The file is missing, damaged, of another format, or describes tensors that cannot be fed with an image.
    """
    from parfocal_deepimagej.config_xml import parse_config
    from parfocal_deepimagej.spec_letters import parse_letters
    from parfocal_deepimagej.spec_named import parse_named

    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WeightsError(
            f"{path} not found", hint="give the folder that holds the model's description", missing=True
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path} cannot be read: {error}", hint="fetch the model again") from error
    if path.suffix == ".xml":
        return _parse(parse_config, text, path)
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WeightsError(f"{path} is no YAML: {error}", hint="fetch the model again") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path} holds no description of a model", hint="fetch the model again")
    fields = cast("dict[str, Any]", content)
    version = str(fields.get("format_version", ""))
    parse = {"0.3": parse_letters, "0.4": parse_letters, "0.5": parse_named}.get(".".join(version.split(".")[:2]))
    if parse is None:
        raise WeightsError(
            f"{path}: format_version {version or 'is missing, it'} is not one of 0.3, 0.4, 0.5",
            hint="update the model's description with bioimageio.core, or use a newer module",
        )
    return _parse(parse, fields, path)


def _parse(parse: Callable[[Any], Description], content: Any, path: Path) -> Description:  # noqa: ANN401 - YAML or text
    try:
        return parse(content)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}", hint=error.hint) from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        cause = f"{type(error).__name__} {error}"
        raise WeightsError(f"{path} is not a complete description: {cause}", hint="fetch the model again") from error
