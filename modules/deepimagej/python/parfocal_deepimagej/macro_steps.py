"""The ImageJ macros of a model, in the place of declared steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from parfocal_worker import Context

from parfocal_deepimagej.macros import run_macro


@dataclass(frozen=True)
class MacroOutcome:
    """An array after macros.

    Attributes
    ----------
    values : ndarray
    letters : str
        Its axes.
    is_labels : bool
        The last macro made labels of it.
    """

    values: np.ndarray
    letters: str
    is_labels: bool = False


def run_macros(
    values: np.ndarray, letters: str, names: tuple[str, ...], folder: Path, context: Context
) -> MacroOutcome:
    """Run macros that are known; say of each other one, by name, that it was not run.

    Parameters
    ----------
    values : ndarray
    letters : str
        Its axes, e.g. "bcyx".
    names : tuple of str
        Files in `folder`.
    folder : Path
    context : Context
    """
    outcome = MacroOutcome(values, letters)
    for name in names:
        path = folder / name
        is_inside = path.resolve().is_relative_to(folder.resolve())
        text = path.read_text(encoding="utf-8", errors="replace") if is_inside and path.is_file() else None
        plain, plain_letters = _squeeze(outcome.values, outcome.letters)
        result = run_macro(name, text, plain.astype(np.float32, copy=False), plain_letters, context)
        if not result.ran:
            why = result.why if text is not None else f"there is no {path}"
            if not is_inside:
                why = "it lies outside the model's folder"
            context.warn(f"the macro {result.name} was not run: {why}")
            continue
        spatial = "".join(letter for letter in plain_letters if letter != "c")
        is_labels = np.issubdtype(result.array.dtype, np.integer) and result.array.ndim == len(spatial)
        if result.array.shape == plain.shape:
            shape, kept = outcome.values.shape, outcome.letters
            outcome = MacroOutcome(_unsqueeze(result.array, plain_letters, shape, kept), kept, is_labels)
        else:
            outcome = MacroOutcome(
                result.array, spatial if result.array.ndim == len(spatial) else plain_letters, is_labels
            )
    return outcome


def _squeeze(values: np.ndarray, letters: str) -> tuple[np.ndarray, str]:
    """Without axes of length 1 that are not spatial, channels first."""
    dropped = tuple(at for at, letter in enumerate(letters) if letter not in "zyx" and values.shape[at] == 1)
    kept = "".join(letter for at, letter in enumerate(letters) if at not in dropped)
    order = "".join(sorted(kept, key="tizcyx".index if "z" not in kept else "ticzyx".index))
    return np.transpose(np.squeeze(values, dropped), [kept.index(letter) for letter in order]), order


def _unsqueeze(plain: np.ndarray, plain_letters: str, shape: tuple[int, ...], letters: str) -> np.ndarray:
    """The way back from `_squeeze`."""
    ordered = np.transpose(plain, [plain_letters.index(letter) for letter in letters if letter in plain_letters])
    return ordered.reshape(shape)
