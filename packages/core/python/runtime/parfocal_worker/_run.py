"""One `.npy` in, `.npy` out, without a host."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parfocal_worker._errors import describe_error

if TYPE_CHECKING:
    import numpy as np

_USAGE_ERROR = 2
_RUN_FAILED = 1


class UsageError(Exception):
    """The command line is wrong."""


def main(arguments: list[str]) -> int:
    """Run a worker on one file.

    Parameters
    ----------
    arguments : list of str
        Those after `run`.

    Returns
    -------
    int
        0 done, 1 the run failed, 2 wrong usage. Failures are one line on stderr and, where there is one, a hint.
    """
    options = _parser().parse_args(arguments)
    summary_to = os.dup(1)
    os.dup2(2, 1)  # whatever the model prints
    try:
        summary = _run(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return _USAGE_ERROR
    except BaseException as error:
        about = describe_error(error)
        if options.traceback:
            print(about["traceback"], file=sys.stderr, end="")
        first_line = about["message"].splitlines()[0]
        kind = f"{about['pythonType']}: " if about["code"] == "MODEL_ERROR" else ""
        print(f"error: {about['code']}: {kind}{first_line}", file=sys.stderr)
        if about["hint"]:
            print(f"hint: {about['hint']}", file=sys.stderr)
        return _RUN_FAILED
    for text in summary["warnings"]:
        print(f"warning: {text}", file=sys.stderr)
    if options.json:
        os.write(summary_to, json.dumps(summary).encode() + b"\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="RUNTIME run", description="Run a Parfocal worker on one .npy file, without a host."
    )
    parser.add_argument("worker", help="the module's python/worker.py")
    parser.add_argument("--input", required=True, help="image, .npy")
    parser.add_argument("--output", help="where the labels go, .npy")
    parser.add_argument("--outputs-dir", help="folder for every output, as NAME.npy")
    parser.add_argument(
        "--params", default="{}", help="parameters as JSON, snake_case or camelCase; the rest are defaults"
    )
    parser.add_argument("--load", default="{}", help="parameters of the model's constructor as JSON")
    parser.add_argument("--weights", default="{}", help="paths of weight files as JSON, by file name")
    parser.add_argument("--axes", help='axes of the image, for example "yx" or "zyx"')
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda, cuda:N, directml or mps")
    parser.add_argument("--threads", type=int, help="CPU threads to use")
    parser.add_argument("--cache-dir", help="folder for derived files; default: one among the temporary files")
    parser.add_argument("--json", action="store_true", help="print what was done on stdout, as JSON")
    parser.add_argument("--traceback", action="store_true", help="print the whole traceback of a failure")
    return parser


def _run(options: argparse.Namespace) -> dict[str, Any]:
    from parfocal_worker._context import Context
    from parfocal_worker._load import load_model_class
    from parfocal_worker._manifest import ParameterError, choose_axes, find_manifest, package_dir, resolve_params
    from parfocal_worker._model import LoadOptions
    from parfocal_worker._outputs import check_outputs

    if options.output is None and options.outputs_dir is None:
        raise UsageError("say where the result goes: --output FILE or --outputs-dir FOLDER")
    if not os.path.isfile(options.worker):
        raise UsageError(f"there is no worker at {options.worker}")
    try:
        manifest = find_manifest(options.worker)
        load, call = resolve_params(
            manifest, {**_json_object("--params", options.params), **_json_object("--load", options.load)}
        )
    except (ParameterError, ValueError) as error:
        raise UsageError(str(error)) from None
    kind = "segmenter" if manifest is None else manifest.get("kind", "segmenter")
    if kind != "segmenter":
        raise UsageError(f"{manifest and manifest['name']} is a {kind}; only segmenters run by hand")
    image = _read(options.input)
    try:
        axes = options.axes or choose_axes(manifest, image.ndim)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if len(axes) != image.ndim:
        raise UsageError(f"--axes {axes} does not fit an array of {image.ndim} dimensions")

    model_class = load_model_class(options.worker)
    model = model_class(
        LoadOptions(
            params=load,
            device=options.device,
            cache_dir=_cache_dir(options.cache_dir),
            package_dir=Path(package_dir(options.worker)),
            threads=options.threads,
            weights=_weights(options.weights),
        )
    )
    context = Context(axes)
    started = time.perf_counter()
    returned = model.predict(image, call, context)
    compute_ms = (time.perf_counter() - started) * 1e3
    spatial = tuple(length for length, axis in zip(image.shape, axes, strict=True) if axis not in "ct")
    outputs = check_outputs(returned, None if manifest is None else manifest["outputs"], spatial)
    written = _write(outputs, options.output, options.outputs_dir)
    return {
        "outputs": written,
        "device": str(getattr(model, "device", "cpu")),
        "computeMs": compute_ms,
        "params": {**load, **call},
        "info": context._info,
        "warnings": context._warnings,
    }


def _weights(text: str) -> dict[str, Path]:
    weights: dict[str, Path] = {}
    for name, path in _json_object("--weights", text).items():
        if not isinstance(path, str) or not os.path.isfile(path):
            raise UsageError(f"--weights: {name} is no file: {path}")
        weights[name] = Path(path).absolute()
    return weights


def _json_object(option: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{option} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise UsageError(f'{option} is not an object, for example {{"min_size": 10}}')
    return value


def _read(path: str) -> np.ndarray:
    import numpy as np

    try:
        image = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist") from None
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise UsageError(f"{path} is not a usable .npy file: {error}") from None
    if not isinstance(image, np.ndarray):
        raise UsageError(f"{path} is not a .npy file of one array")
    image = np.ascontiguousarray(image, image.dtype.newbyteorder("=")).reshape(image.shape)
    image.flags.writeable = False
    return image


def _cache_dir(given: str | None) -> Path:
    folder = (
        Path(given)
        if given
        else Path(tempfile.gettempdir()) / f"parfocal-cache-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(outputs: dict[str, np.ndarray], output: str | None, folder: str | None) -> dict[str, str]:
    """Write the results; each appears under its name only when it is whole."""
    import numpy as np

    paths: dict[str, list[str]] = {name: [] for name in outputs}
    if output is not None:
        paths["labels" if "labels" in outputs else next(iter(outputs))].append(output)
    if folder is not None:
        os.makedirs(folder, exist_ok=True)
        for name in outputs:
            paths[name].append(os.path.join(folder, f"{name}.npy"))
    for name, values in outputs.items():
        for path in paths[name]:
            partial = f"{path}.{os.getpid()}.partial"
            try:
                with open(partial, "wb") as file:
                    np.save(file, values, allow_pickle=False)
                os.replace(partial, path)
            except OSError as error:
                if os.path.exists(partial):
                    os.unlink(partial)
                raise UsageError(f"{path} could not be written: {error.strerror or error}") from error
    return {name: places[0] for name, places in paths.items() if places}
