"""Write the small models in `models/` with upstream StarDist.

Run once in the environment of `locks/default/cpu.txt`; the results are kept in the repository, since training does not
give the same digits on every machine:

    python make_models.py            # all of them
    python make_models.py grid-4     # some of them
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import stardist
import tifffile
from csbdeep.utils import normalize
from stardist import Rays_GoldenSpiral, fill_label_holes
from stardist.matching import matching
from stardist.models import Config2D, Config3D, StarDist2D, StarDist3D

MODELS = Path(__file__).parent / "models"
SAMPLES = Path(stardist.__file__).parent / "data" / "images"

SMALL_2D = {"n_rays": 8, "unet_n_depth": 2, "unet_n_filter_base": 8, "net_conv_after_unet": 16}
SMALL_3D = {"unet_n_depth": 1, "unet_n_filter_base": 8, "net_conv_after_unet": 16}
UNUSUAL = {
    "unet_n_depth": 1,
    "unet_kernel_size": (5, 3),
    "unet_n_conv_per_depth": 3,
    "unet_pool": (2, 4),
    "unet_activation": "elu",
    "unet_last_activation": "tanh",
    "unet_expansion": 1.5,
    "unet_prefix": "net_",
    "unet_dropout": 0.1,
    "net_conv_after_unet": 0,
    "train_shape_completion": True,
}

UNTRAINED = {
    "grid-1": lambda: Config2D(grid=(1, 1), **SMALL_2D),
    "grid-4": lambda: Config2D(grid=(4, 4), **SMALL_2D),
    "rgb": lambda: Config2D(axes="YXC", n_channel_in=3, grid=(2, 2), **SMALL_2D),
    "batch-norm": lambda: Config2D(grid=(2, 2), unet_batch_norm=True, **SMALL_2D),
    "multi-class": lambda: Config2D(grid=(2, 2), n_classes=3, **SMALL_2D),
    "unusual": lambda: Config2D(grid=(2, 1), n_classes=2, **{**SMALL_2D, **UNUSUAL}),
    "3d-grid-1-2-2": lambda: Config3D(
        rays=Rays_GoldenSpiral(16, anisotropy=(2, 1, 1)), anisotropy=(2, 1, 1), grid=(1, 2, 2), **SMALL_3D
    ),
    "3d-multi-class": lambda: Config3D(rays=16, grid=(1, 1, 1), n_classes=2, unet_batch_norm=True, **SMALL_3D),
}


def untrained(name: str, seed: int) -> None:
    """Write a model with random weights.

    Every weight is drawn, biases and batch-norm statistics too: as built, they are 0 or 1 and would hide mistakes.
    """
    config = UNTRAINED[name]()
    kind = StarDist2D if config.n_dim == 2 else StarDist3D
    model = kind(config, name=name, basedir=str(MODELS))
    random = np.random.default_rng(seed)
    model.keras_model.set_weights([_draw(random, weight) for weight in model.keras_model.weights])
    model.keras_model.save_weights(str(MODELS / name / "weights_best.h5"))


def trained_3d() -> None:
    """Train a small 3D model on the 3D image pair inside upstream's wheel for a few minutes."""
    keras.utils.set_random_seed(7)
    image = normalize(tifffile.imread(SAMPLES / "img3d.tif"), 1, 99.8)
    mask = fill_label_holes(tifffile.imread(SAMPLES / "mask3d.tif"))
    config = Config3D(
        rays=32,
        grid=(1, 2, 2),
        unet_n_depth=1,
        unet_n_filter_base=16,
        net_conv_after_unet=32,
        train_patch_size=(24, 48, 48),
        train_batch_size=2,
        train_epochs=30,
        train_steps_per_epoch=20,
        train_learning_rate=2e-3,
        train_tensorboard=False,
    )
    model = StarDist3D(config, name="3d-sample", basedir=str(MODELS))
    model.train([image], [mask], validation_data=([image], [mask]), seed=7)
    model.optimize_thresholds([image], [mask], nms_threshs=[0.3, 0.4])
    (MODELS / "3d-sample" / "weights_last.h5").unlink()
    labels, _ = model.predict_instances(image)
    print(matching(mask, labels, thresh=0.5), file=sys.stderr)


def _draw(random: np.random.Generator, weight: keras.Variable) -> np.ndarray:
    shape = tuple(weight.shape)
    if weight.name in ("gamma", "moving_variance"):
        return random.uniform(0.5, 1.5, shape)
    if weight.name == "kernel":
        return random.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
    return random.normal(0, 0.2, shape)


def main() -> None:
    """Write the models that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*UNTRAINED, "3d-sample"])
    for name in parser.parse_args().names:
        shutil.rmtree(MODELS / name, ignore_errors=True)
        if name == "3d-sample":
            trained_3d()
        else:
            untrained(name, seed=list(UNTRAINED).index(name))
        config = MODELS / name / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text()), indent=2) + "\n")


if __name__ == "__main__":
    main()
