"""A CPnet as an ONNX graph, made once for each weight file."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from pathlib import Path

# rises when the export changes, so that graphs of earlier versions are not used
_EXPORT_VERSION = 1
_OPSET = 17


class _Exportable(torch.nn.Module):
    """CPnet's forward pass with the style as a mean over both spatial axes.

    Upstream pools with a kernel of the image's size, which would fix the size in the graph.
    """

    def __init__(self, net: Any) -> None:  # noqa: ANN401 - upstream is not typed
        super().__init__()
        self.net = net

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Flows and cell probability, and the style."""
        features = self.net.downsample(image)
        style = features[-1].mean(dim=(2, 3))
        style = style / torch.sum(style**2, dim=1, keepdim=True) ** 0.5
        return self.net.output(self.net.upsample(style, features, False)), style


def graph_path(net: Any, sha256: str, cache_dir: Path, rebuild: bool = False) -> Path:  # noqa: ANN401 - as above
    """Path of the graph of a network; it is written when it is not there.

    Parameters
    ----------
    net : CPnet
        Made with `mkldnn=False`; those modules cannot be exported.
    sha256 : str
        Of the weight file.
    cache_dir : Path
    rebuild : bool
        Write it even if it is there.

    Returns
    -------
    Path
        ONNX file: input `image` (n, channels, y, x) float32, sides divisible by 8; outputs `flows` (n, outputs, y, x)
        and `style` (n, 256).
    """
    path = cache_dir / f"cpnet-{sha256[:32]}-v{_EXPORT_VERSION}.onnx"
    if path.is_file() and not rebuild:
        return path
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    batch, sides = {0: "n"}, {0: "n", 2: "y", 3: "x"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Exportable(net).eval(),
                (torch.zeros(1, net.nchan, 224, 224),),
                str(temporary),
                input_names=["image"],
                output_names=["flows", "style"],
                dynamic_axes={"image": sides, "flows": sides, "style": batch},
                opset_version=_OPSET,
                dynamo=False,
            )
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
