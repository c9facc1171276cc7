"""The fields of a StarDist `config.json`, read and checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from parfocal_worker import WeightsError

ACTIVATIONS = ("linear", "relu", "elu", "selu", "sigmoid", "tanh", "softplus", "softsign")
"""Keras activations whose ONNX operator computes the same function with the same constants."""

_NO_EFFECT_ON_PREDICTION = ("train_", "use_gpu", "net_mask_shape", "unet_dropout", "unet_kernel_init")


@dataclass(frozen=True)
class ModelConfig:
    """What a StarDist network needs to be rebuilt and used.

    The defaults for absent fields are those of StarDist 0.9.2 (`Config2D`, `Config3D`), so that
    folders written by older versions mean the same here as upstream.

    Attributes
    ----------
    spatial_axes : str
        "yx" or "zyx". All tuples below have one value per spatial axis, in this order.
    channels : int
        Channels of the input image, 1 or more.
    rays : int
        Radial distances per object, 3 or more.
    grid : tuple of int
        Image pixels per output cell, powers of two.
    classes : int or None
        Number of object classes; None without a class head.
    depth, filters, convolutions, expansion
        Levels of the U-Net, filters of its first level, convolutions per level, growth per level.
    kernel, pool : tuple of int
        Size of the convolution kernels and of the pooling windows in pixels.
    activation, last_activation : str
        One of `ACTIVATIONS`.
    batch_norm : bool
        Whether each U-Net convolution is followed by batch normalisation.
    prefix : str
        Put before the names of U-Net layers.
    features : int
        Filters of the convolution after the U-Net, 0 for none.
    rays_json : dict or None
        Ray factory of a 3D model (`name` and `kwargs`); None in 2D.
    """

    spatial_axes: str
    channels: int
    rays: int
    grid: tuple[int, ...]
    classes: int | None
    depth: int
    filters: int
    convolutions: int
    expansion: float
    kernel: tuple[int, ...]
    pool: tuple[int, ...]
    activation: str
    last_activation: str
    batch_norm: bool
    prefix: str
    features: int
    rays_json: dict[str, Any] | None

    @property
    def dimensions(self) -> int:
        """Number of spatial axes, 2 or 3."""
        return len(self.spatial_axes)

    @property
    def divisor(self) -> tuple[int, ...]:
        """Pixels per axis that the padded image must be a multiple of."""
        return tuple(p**self.depth * g for p, g in zip(self.pool, self.grid, strict=True))

    @property
    def grid_pools(self) -> list[tuple[int, ...]]:
        """Pooling windows in front of the U-Net, in order; their product is `grid`."""
        pooled = [1] * self.dimensions
        pools: list[tuple[int, ...]] = []
        while tuple(pooled) != self.grid:
            pool = tuple(2 if g > p else 1 for g, p in zip(self.grid, pooled, strict=True))
            pooled = [p * q for p, q in zip(pooled, pool, strict=True)]
            pools.append(pool)
        return pools

    def level_filters(self, level: int) -> int:
        """Filters of U-Net level `level` (0 is the finest)."""
        return int(self.filters * self.expansion**level)


def parse_config(values: object, where: str) -> ModelConfig:
    """Read the content of a `config.json`.

    Parameters
    ----------
    values : object
        The parsed JSON.
    where : str
        Path of the file, for messages.

    Returns
    -------
    ModelConfig

    Raises
    ------
    WeightsError
        Naming the field that is wrong, not supported or not known.
    """
    if not isinstance(values, dict):
        raise WeightsError(f"{where} holds no JSON object", hint="use the config.json that StarDist wrote")
    return _Fields(cast("dict[str, Any]", values), where).config()


class _Fields:
    """Takes fields out of a parsed config one by one and refuses what is left over."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._left = dict(values)
        self._where = where

    def config(self) -> ModelConfig:
        backbone = str(self._take("backbone", "unet")).lower()
        if backbone != "unet":
            self._refuse("backbone", backbone, "only the U-Net backbone is supported", "use a model with backbone unet")
        axes = str(self._take("axes", "YXC")).upper()
        if axes not in ("YX", "YXC", "ZYX", "ZYXC"):
            self._refuse("axes", axes, "supported are YX(C) and ZYX(C), channels last")
        spatial = axes.lower().replace("c", "")
        size = len(spatial)
        if self._take("n_dim", size) != size:
            self._refuse("n_dim", None, f"does not fit axes {axes}")
        rays_json = self._rays_json() if size == 3 else None
        rays = self._whole("n_rays", 32 if size == 2 else 96, low=3)
        channels = self._whole("n_channel_in", 1)
        classes = None if self._left.get("n_classes") is None else self._whole("n_classes", 1)
        self._left.pop("n_classes", None)
        self._check_derived(size, channels, rays)
        config = ModelConfig(
            spatial_axes=spatial,
            channels=channels,
            rays=rays,
            grid=self._sizes("grid", 1, size, power_of_two=True),
            classes=classes,
            depth=self._whole("unet_n_depth", 3 if size == 2 else 2, low=0),
            filters=self._whole("unet_n_filter_base", 32),
            convolutions=self._whole("unet_n_conv_per_depth", 2),
            expansion=self._positive("unet_expansion", 2),
            kernel=self._sizes("unet_kernel_size", 3, size),
            pool=self._sizes("unet_pool", 2, size),
            activation=self._activation("unet_activation"),
            last_activation=self._activation("unet_last_activation"),
            batch_norm=self._flag("unet_batch_norm"),
            prefix=str(self._take("unet_prefix", "")),
            features=self._whole("net_conv_after_unet", 128, low=0),
            rays_json=rays_json,
        )
        self._refuse_rest()
        return config

    def _check_derived(self, size: int, channels: int, rays: int) -> None:
        """Fields that StarDist derives from others: they may be absent, but must not contradict."""
        if self._take("n_channel_out", 1 + rays) != 1 + rays:
            self._refuse("n_channel_out", None, f"must be n_rays + 1 = {1 + rays}")
        shape = self._take("net_input_shape", None)
        if shape is not None and (
            not isinstance(shape, list)
            or len(cast("list[Any]", shape)) != size + 1
            or cast("list[Any]", shape)[-1] != channels
        ):
            self._refuse("net_input_shape", shape, f"must have {size + 1} entries, the last n_channel_in = {channels}")
        self._take("anisotropy", None)

    def _refuse_rest(self) -> None:
        for name in self._left:
            if not name.startswith(_NO_EFFECT_ON_PREDICTION):
                self._refuse(
                    name, self._left[name], "this field is not known, so its effect on the result is not either"
                )

    def _take(self, name: str, default: Any) -> Any:  # noqa: ANN401 - JSON values
        return self._left.pop(name, default)

    def _refuse(self, name: str, value: object, why: str, hint: str | None = None) -> NoReturn:
        shown = name if value is None else f"{name} = {value!r}"
        raise WeightsError(
            f"{self._where}: {shown}: {why}",
            hint=hint or f"correct {name} in config.json or use another model",
        )

    def _whole(self, name: str, default: int, low: int = 1) -> int:
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            self._refuse(name, value, f"must be a whole number of at least {low}")
        return value

    def _positive(self, name: str, default: float) -> float:
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not (0 < value < math.inf):
            self._refuse(name, value, "must be a number above 0")
        return value

    def _flag(self, name: str) -> bool:
        value = self._take(name, False)
        if not isinstance(value, bool):
            self._refuse(name, value, "must be true or false")
        return value

    def _activation(self, name: str) -> str:
        value = self._take(name, "relu")
        if value not in ACTIVATIONS:
            self._refuse(name, value, f"supported are {', '.join(ACTIVATIONS)}")
        return cast("str", value)

    def _sizes(self, name: str, default: int, size: int, *, power_of_two: bool = False) -> tuple[int, ...]:
        value = self._take(name, [default] * size)
        items = cast("list[Any]", value) if isinstance(value, list) else []
        if len(items) != size or not all(type(item) is int and item >= 1 for item in items):
            self._refuse(name, value, f"must be a list of {size} whole numbers of at least 1")
        if power_of_two and any(item & (item - 1) for item in items):
            self._refuse(name, value, "must be powers of two")
        return tuple(items)

    def _rays_json(self) -> dict[str, Any]:
        value = self._take("rays_json", None)
        rays = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if not isinstance(rays.get("name"), str) or not isinstance(rays.get("kwargs"), dict):
            self._refuse("rays_json", value, "a 3D model needs an object with name and kwargs here")
        return rays
