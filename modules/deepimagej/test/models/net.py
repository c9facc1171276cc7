"""The network of a state dict for the tests: code that comes with a model."""

import torch


class Net(torch.nn.Module):
    """One convolution of `size` x `size`, then a sigmoid."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 1, size, padding=size // 2)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(b, 1, y, x) to (b, 1, y, x)."""
        return torch.sigmoid(self.conv(image))
