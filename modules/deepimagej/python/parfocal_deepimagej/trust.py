"""Which files execute code when they are opened, and the refusal to open them."""

from __future__ import annotations

from pathlib import Path

from parfocal_worker import WeightsError

_REASONS = {
    "torchscript": "a TorchScript file is a program, not only numbers",
    "pytorch_state_dict": "the network of a state dict is Python code that comes with the model",
    "keras_hdf5 with a Lambda layer": "a Lambda layer is Python code inside the file",
}


def require_trust(trusted: bool, kind: str, path: Path) -> None:
    """Refuse what executes code, unless it is trusted.

    The host refuses it earlier, with the code MODEL_NOT_TRUSTED; this guards a worker that is started by hand.

    Raises
    ------
    WeightsError
        It is not trusted.
    """
    if not trusted:
        raise WeightsError(
            f"{path} is {kind}, which executes code on this computer: {_REASONS[kind]}",
            hint="if you trust where the model comes from, set trust (on the command line --trust)",
        )
