"""What is to be run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Input:
    """A channel that comes in."""

    frames: Sequence[Pixels]
    """z, y, x, c each; as many as the loops have."""
    name: str = "DAPI"
    bits: int = 0
    """Bits of a component, 0 for those of the type; a camera of 12 bits gives uint16."""
    calibration: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Micrometres of x, y and z; 0 is not calibrated."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """A pin that something goes out by."""

    kind: Literal["binary", "channel", "table"]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Which frame of an experiment."""

    coordinates: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A script and what it is run on."""

    script: str
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    version: str = "6.20"
    out_of_process: bool = False
    python: str | None = None
    """Interpreter of the child process; default this one's. A full installation, not an environment of another."""
    packages: Sequence[str] = ()
    """Folders that the child's interpreter finds numpy in. Default: where this one has it."""
    loops: Sequence[tuple[str, int, int]] = ()
    """Name, type and length of each, the slowest first. None: one frame."""
    abort_after: float | None = None
    """Seconds after which the person stops the recipe, counted from the first call of `run`."""
    stock_620: bool = False
    """Tables that are written out of process are lost, as 6.20 was delivered."""
    variables: dict[str, str] = field(default_factory=dict)
    """Of the node's process, besides those of this one."""
    editor: bool = False
    """Run the script's text once more before the recipe starts, as the editor does when something upstream changes."""


def read_job(path: Path) -> Job:
    """A job from JSON: the fields of `Job`, but `script` and the frames of inputs as paths relative to it."""
    given = json.loads(path.read_text("utf-8"))
    folder = path.parent
    inputs = [
        Input(
            **{
                **each,
                "frames": [np.load(folder / name) for name in each["frames"]],
                "calibration": tuple(each.get("calibration", (0, 0, 0))),
            }
        )
        for each in given.pop("inputs")
    ]
    outputs = [Output(**each) for each in given.pop("outputs")]
    script = (folder / given.pop("script")).read_text("utf-8")
    loops = [tuple(loop) for loop in given.pop("loops", [])]
    return Job(script=script, inputs=inputs, outputs=outputs, loops=loops, **given)
