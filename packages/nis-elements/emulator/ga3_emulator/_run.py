"""Runs a recipe: definitions, then frames in the order of the loops."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import limnode
from ga3_emulator._hosts import Aborted, Host, InProcess, OutOfProcess, elapsed
from ga3_emulator._job import Job
from ga3_emulator._report import Call, Report
from limnode import _data, _version
from limnode._definitions import change
from limnode._watched import findings_about

SLOW_OUTPUT_MS = 100.0
_OUTPUTS = {
    "binary": (limnode.OutputBinaryDef, limnode.OutputBinaryData),
    "channel": (limnode.OutputChannelDef, limnode.OutputChannelData),
    "table": (limnode.OutputTableDef, limnode.OutputTableData),
}


def run_job(job: Job) -> Report:
    """Run a script on frames.

    Raises
    ------
    ValueError
        For another version in process than `LIMNODE_VERSION` named when `limnode` was imported.
    """
    report = Report()
    if not job.out_of_process and job.version != _version.VERSION:
        raise ValueError(f"in process this is version {_version.VERSION}; set LIMNODE_VERSION={job.version}")
    if "import limnode" not in job.script:
        report.error = "the script has no line `import limnode`"
        return report
    host: Host | None = None
    try:
        host = OutOfProcess(job) if job.out_of_process else InProcess(job)
        _run(job, host, report)
    except ChildProcessError as error:
        report.error = str(error)
    finally:
        if host is not None:
            report.left = host.close()
    return report


def _run(job: Job, host: Host, report: Report) -> None:
    loops = [
        limnode.LoopDef(name=name, type=limnode.ExperimentLoopType(kind), index=index)
        for index, (name, kind, _) in enumerate(job.loops)
    ]
    inputs = _input_definitions(job, loops)

    def define() -> tuple[Any, ...]:
        since = time.perf_counter()
        outputs = host.output(inputs, _output_definitions(job, inputs, loops))
        report.output_ms.append(elapsed(since))
        if report.output_ms[-1] > SLOW_OUTPUT_MS:
            report.findings.append(f"output() took {report.output_ms[-1]:.0f} ms; the editor freezes for as long")
        return outputs

    define()
    define()  # whatever changes upstream calls it again
    outputs = define()
    program = host.build(loops)
    started: list[float] = []

    def abort() -> bool:
        return job.abort_after is not None and bool(started) and time.perf_counter() - started[0] > job.abort_after

    carried: dict[str, Any] = {}
    for index, coordinates, program_pass, final in _calls(job, program):
        if not started:
            started.append(time.perf_counter())
        call = _call(job, host, inputs, outputs, (index, coordinates, program_pass, final), abort, report, carried)
        report.calls.append(call)
        if call.aborted:
            break
        define()


def _call(
    job: Job,
    host: Host,
    inputs: tuple[Any, ...],
    outputs: tuple[Any, ...],
    which: tuple[int, dict[str, int], int, bool],
    abort: Callable[[], bool],
    report: Report,
    carried: dict[str, Any],
) -> Call:
    index, coordinates, program_pass, final = which
    arrays: dict[str, Any] = {}
    inp = tuple(_input_data(item) for item in inputs)
    for item, given in zip(inp, job.inputs, strict=True):
        arrays[item.parName] = np.array(given.frames[index])
    depth, height, width = arrays[inp[0].parName].shape[:3]
    out = tuple(_output_data(item, final) for item in outputs)
    for item in out:
        if final and not isinstance(item, limnode.OutputTableData):
            sizes = item.size[::-1] if any(item.size) else (depth, height, width)
            arrays[item.parName] = np.zeros((*sizes, item.componentCount), _dtype(item))
    call = Call(coordinates=coordinates, program_pass=program_pass, final=final)
    since = time.perf_counter()
    try:
        left, findings = host.run(
            inp, out, _context(job.version, coordinates, len(inputs), program_pass, final), arrays, abort
        )
    except Aborted:
        call.aborted = True
        return call
    except ChildProcessError as error:
        call.error = str(error)
        return call
    finally:
        call.ms = elapsed(since)
        call.child = host.child
    report.findings.extend(findings)
    if not final:
        return call
    for item in left:
        if isinstance(item, limnode.OutputTableData):
            lost = job.out_of_process and job.stock_620
            call.outputs.append(item.tableDef.emptyCopy() if lost or item.data is None else item.data)
            continue
        kind = "binary" if isinstance(item, limnode.OutputBinaryData) else "channel"
        data = arrays[item.parName]
        report.findings.extend(findings_about(item.parName, kind, data))
        call.outputs.append(data)
    return call


def _calls(job: Job, program: Any) -> Iterator[tuple[int, dict[str, int], int, bool]]:  # noqa: ANN401
    """Place of the frame, its coordinates, pass, and whether outputs are written."""
    lengths = [range(length) for _, _, length in job.loops]
    frames = [
        dict(zip([name for name, _, _ in job.loops], place, strict=True)) for place in itertools.product(*lengths)
    ]
    if program is None:
        for index, coordinates in enumerate(frames):
            yield index, coordinates, 1, True
        return
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, coordinates in enumerate(frames):
        kept = tuple(place for name, place in coordinates.items() if name not in program.overLoops)
        groups.setdefault(kept, []).append(index)
    for members in groups.values():
        if isinstance(program, limnode.TwoPassProgram):
            for index in members:
                yield index, frames[index], 1, False
            for index in members:
                yield index, frames[index], 2, True
        else:
            for index in members:
                yield index, frames[index], 1, index == members[-1]


def _input_definitions(job: Job, loops: list[Any]) -> tuple[Any, ...]:
    def define(place: int) -> limnode.InputChannelDef:
        given = job.inputs[place]
        depth, height, width, components = given.frames[0].shape
        return limnode.InputChannelDef(
            parName=f"inp{place}",
            loopDefList=loops,
            channelName=given.name,
            channelColor=0x0000FF,
            componentCount=components,
            bitsPerComponent=given.bits or given.frames[0].dtype.itemsize * 8,
            size=(width, height, depth),
            calibration=given.calibration,
        )

    return tuple(define(place) for place in range(len(job.inputs)))


def _output_definitions(job: Job, inputs: tuple[Any, ...], loops: list[Any]) -> tuple[Any, ...]:
    def define(place: int, kind: str) -> Any:  # noqa: ANN401
        node = limnode.Node(name="Python", uuid="7b1f", defaultName="python")
        item: Any = _OUTPUTS[kind][0](parName=f"out{place}", parIsInput=False, loopDefList=loops, parentNode=node)
        if kind == "table":
            return item.makeNew("Table")
        change(item, size=inputs[0].size, calibration=inputs[0].calibration)
        if kind == "channel":
            return item.assign(inputs[0])  # the first input of the same kind
        return item.makeNew("Binary", 0)

    return tuple(define(place, output.kind) for place, output in enumerate(job.outputs))


def _fields(item: object) -> dict[str, Any]:
    return dict(vars(item))


def _input_data(item: Any) -> Any:  # noqa: ANN401
    return limnode.InputChannelData(**_fields(item))


def _output_data(item: Any, final: bool) -> Any:  # noqa: ANN401
    for definition, data in _OUTPUTS.values():
        if isinstance(item, definition):
            made = data(**_fields(item))
            if final and isinstance(made, limnode.OutputTableData):
                change(made, data=made.tableDef.emptyCopy())
            return made
    raise TypeError(type(item).__name__)


def _dtype(item: Any) -> str:  # noqa: ANN401
    bits = item.bitsPerComponent
    if bits == 32:  # noqa: PLR2004
        return "int32" if isinstance(item, limnode.OutputBinaryData) else "float32"
    return "uint8" if bits <= 8 else "uint16"  # noqa: PLR2004


def _context(version: str, coordinates: dict[str, int], inputs: int, program_pass: int, final: bool) -> Any:  # noqa: ANN401
    common = {
        "inpFilename": "experiment.nd2",
        "outFilename": "experiment.nd2",
        "inpParameterCoordinates": [coordinates] * inputs,
        "outCoordinates": coordinates,
        "finalCall": final,
    }
    if not version.startswith("6."):
        return _data.RunContext7(**common, programPass=program_pass)
    return _data.RunContext620Fixed(**common, programPass=program_pass)
