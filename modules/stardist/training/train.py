"""Train the nuclei model with upstream StarDist.

    python train.py --data FOLDER --output FOLDER

in the environment of `../parity/locks/default/cpu.txt`. `--data` holds `dsb2018-fluo/train` and `dsb2018-fluo/val`,
each with `images/*.png` and `labels/*.png` of the same names; nothing else is read. `--output` becomes a StarDist model
folder.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import imageio.v3 as imageio
import keras
import numpy as np
import tensorflow as tf
from csbdeep.utils import normalize
from stardist import fill_label_holes
from stardist.models import Config2D, StarDist2D

PATCH = 256


@dataclass(frozen=True)
class Stage:
    """Part of the schedule.

    Attributes
    ----------
    epochs : int
        Passes of `--steps` batches.
    learning_rate : float
        At the start; halved when the validation loss stands still for `patience` epochs.
    patience : int
        Epochs.
    """

    epochs: int
    learning_rate: float
    patience: int


SCHEDULE = [Stage(60, 4e-4, 10), Stage(42, 1.5e-4, 5)]


class Augmenter:
    """Turns, mirrors and changes the intensities of a patch at random.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def __call__(self, image: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Augment one patch.

        Parameters
        ----------
        image : ndarray of float32
            (y, x), about 0..1.
        labels : ndarray of int
            (y, x)

        Returns
        -------
        tuple of ndarray
            Image and labels, changed alike.
        """
        random = self._random
        turns, mirrored = int(random.integers(4)), bool(random.integers(2))
        image, labels = np.rot90(image, turns), np.rot90(labels, turns)
        if mirrored:
            image, labels = image[:, ::-1], labels[:, ::-1]
        image = image * random.uniform(0.6, 2) + random.uniform(-0.2, 0.2)
        image = image + random.uniform(0, 0.02) * random.standard_normal(image.shape)
        return image.astype(np.float32), np.ascontiguousarray(labels)


def read_pairs(folder: Path, limit: int | None) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Read images and labels in the order of their names.

    Parameters
    ----------
    folder : Path
        With `images/` and `labels/`.
    limit : int or None
        Read only so many.

    Returns
    -------
    tuple of list
        Images (y, x) float32, percentiles 1 and 99.8 at 0 and 1; labels (y, x) without holes. Both at least 256 a side.
    """
    paths = sorted((folder / "images").glob("*.png"))[:limit]
    if not paths:
        raise SystemExit(f"no images in {folder / 'images'}")
    images = [_at_least_patch(normalize(imageio.imread(path), 1, 99.8)) for path in paths]
    labels = [_at_least_patch(fill_label_holes(imageio.imread(folder / "labels" / path.name))) for path in paths]
    return images, labels


def train(data: Path, output: Path, *, seed: int, schedule: list[Stage], steps: int, limit: int | None) -> None:
    """Train a model and choose its thresholds.

    Parameters
    ----------
    data, output : Path
        See the module's docstring.
    seed : int
        The same seed gives the same weights on the same machine.
    schedule : list of Stage
    steps : int
        Batches per epoch.
    limit : int or None
        Use only so many images of either set.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    images, labels = read_pairs(data / "dsb2018-fluo" / "train", limit)
    held_out = read_pairs(data / "dsb2018-fluo" / "val", limit)
    config = Config2D(
        n_rays=32,
        grid=(2, 2),
        train_patch_size=(PATCH, PATCH),
        train_batch_size=4,
        train_steps_per_epoch=steps,
        train_background_reg=1e-4,
        train_tensorboard=False,
    )
    model = StarDist2D(config, name=output.name, basedir=str(output.parent))
    augmenter = Augmenter(seed)
    best = np.inf
    for stage in schedule:
        model.config.train_epochs = stage.epochs
        model.config.train_learning_rate = stage.learning_rate
        model.config.train_reduce_lr = {"factor": 0.5, "patience": stage.patience, "min_delta": 0}
        model.prepare_for_training()
        for callback in model.callbacks:
            if isinstance(callback, keras.callbacks.ModelCheckpoint) and callback.save_best_only:
                callback.best = best  # a later stage replaces the weights only where it does better
        history = model.train(images, labels, validation_data=held_out, augmenter=augmenter, seed=seed)
        best = min(best, *history.history["val_loss"])
    model.optimize_thresholds(*held_out)
    (output / "weights_last.h5").unlink(missing_ok=True)
    (output / "config.json").write_text(json.dumps(vars(model.config), indent=2) + "\n")


def _at_least_patch(image: np.ndarray) -> np.ndarray:
    return np.pad(image, [(0, max(0, PATCH - side)) for side in image.shape])


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, nargs="+", help="epochs of each stage instead of the schedule's")
    parser.add_argument("--steps", type=int, default=100, help="batches per epoch")
    parser.add_argument("--images", type=int, help="use only so many images of either set")
    arguments = parser.parse_args()
    epochs = arguments.epochs or [stage.epochs for stage in SCHEDULE]
    schedule = [replace(stage, epochs=count) for stage, count in zip(SCHEDULE, epochs, strict=False)]
    train(
        arguments.data,
        arguments.output.absolute(),
        seed=arguments.seed,
        schedule=schedule,
        steps=arguments.steps,
        limit=arguments.images,
    )


if __name__ == "__main__":
    main()
