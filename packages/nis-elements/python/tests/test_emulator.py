"""The emulator notices what NIS-Elements would do with a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limtabledata import LimTableDataBase

import limnode
from ga3_emulator import Input, Job, Output, Report, run_job

ENDING = """
if __name__ == "__main__":
    limnode.child_main(run, output, build)
"""
OUTPUT = """
def output(inp, out):
    out[0].makeNew("Objects", (255, 0, 255)).makeInt32()

def build(loops):
    return None
"""


def script(run: str, before: str = "import limnode\n", output: str = OUTPUT) -> str:
    """A script whose `run` has this body."""
    body = "\n".join(f"    {line}" for line in run.strip().splitlines())
    return f"{before}{output}\ndef run(inp, out, ctx):\n{body}\n{ENDING}"


def image(depth: int = 1, channels: int = 1, dtype: str = "uint16") -> np.ndarray:
    """Pixels that count up."""
    shape = (depth, 6, 8, channels)
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def job(text: str, frames: Sequence[np.ndarray] | None = None, **more: Any) -> Job:
    """One channel in, one binary out."""
    given: dict[str, Any] = {"inputs": [Input(frames=frames or [image()])], "outputs": [Output(kind="binary")], **more}
    return Job(script=text, **given)


def both(text: str, frames: Sequence[np.ndarray] | None = None, **more: Any) -> list[Report]:
    """In and out of process."""
    return [run_job(job(text, frames, out_of_process=out, **more)) for out in (False, True)]


def times(count: int) -> dict[str, Any]:
    """Frames over time."""
    loops = [("t", int(limnode.ExperimentLoopType.TLapse), count)]
    return {"frames": [image() + 10 * index for index in range(count)], "loops": loops}


def test_labels_come_back_as_they_are() -> None:
    for report in both(script("out[0].data[..., 0] = inp[0].data[..., 0] // 7")):
        assert report.error is None
        (call,) = report.calls
        assert call.error is None
        assert call.outputs[0].dtype == np.int32
        np.testing.assert_array_equal(call.outputs[0][..., 0], image()[..., 0] // 7)
        assert report.findings == []


def test_a_binary_is_uint8_unless_makeInt32_is_called() -> None:
    text = script("out[0].data[...] = 1", output=OUTPUT.replace(".makeInt32()", ""))
    for report in both(text):
        assert report.calls[0].outputs[0].dtype == np.uint8


def test_the_default_outputs_are_like_the_first_input() -> None:
    text = script("out[0].data[...] = inp[0].data", output="def output(inp, out):\n    pass\n\nbuild = None\n")
    reports = both(text, [image(dtype="float32")], outputs=[Output(kind="channel")])
    for report in reports:
        assert report.calls[0].outputs[0].dtype == np.float32
        np.testing.assert_array_equal(report.calls[0].outputs[0], image(dtype="float32"))


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("out[0].data[..., 0] = inp[0].data[..., 0].astype('int32') * 7", "values up to 329 are wrapped by uint8"),
        (
            "out[0].data[..., 0] = inp[0].data[..., 0].astype('int32') - 1",
            "negative values down to -1 are wrapped by uint8",
        ),
        ("out[0].data[..., 0] = inp[0].data[..., 0] / 2", "fractions are cut off by uint8"),
        (
            "out[0].data[..., 0] = inp[0].data[..., 0] // 7",
            "out0 is a mask in which objects of different numbers touch",
        ),
        ("pass", "out0 is empty"),
    ],
)
def test_what_a_mask_loses_is_found(run: str, found: str) -> None:
    for report in both(script(run, output=OUTPUT.replace("makeInt32", "makeUInt8"))):
        assert report.calls[0].error is None
        assert found in report.findings


def test_negative_numbers_of_objects_are_found() -> None:
    for report in both(script("out[0].data[...] = -3")):
        assert report.findings == ["out0 has negative numbers of objects"]


@pytest.mark.parametrize(
    ("run", "error"),
    [
        ("out[0].data = inp[0].data", "FrozenInstanceError"),
        ("open(__file__)", "NameError"),
        ("out[0].data[0, 0, 0, 0, 0] = 1", "IndexError"),
        ("raise RuntimeError('no luck')", "no luck"),
        ("out[0].data[...] = inp[0].data[:, :3]", "could not broadcast"),
    ],
)
def test_errors_come_with_their_traceback_and_the_child_goes_on(run: str, error: str) -> None:
    text = script(f"if ctx.outCoordinates['t'] == 0:\n    {run}\nout[0].data[...] = 1")
    frames = times(2)
    inside, outside = both(text, **frames)
    if error != "NameError":
        for report in (inside, outside):
            assert error in str(report.calls[0].error)
    else:  # out of process a script has the name of its stdin
        assert error in str(inside.calls[0].error)
        assert "<stdin>" in str(outside.calls[0].error)
    for report in (inside, outside):
        assert report.calls[1].error is None
    assert outside.calls[0].child == outside.calls[1].child


@pytest.mark.parametrize("name", ["InDefTuple", "UserParTuple", "LoopDefs", "print"])
def test_version_620_has_no_names_of_version_7(name: str) -> None:
    for report in both(script("pass", before=f"import limnode\nlimnode.{name}\n")):
        assert report.error is not None
        assert f"has no attribute '{name}'" in report.error


@pytest.mark.parametrize("before", ["from limnode import *\n", "import  limnode\n"])
def test_the_line_import_limnode_is_wanted_literally(before: str) -> None:
    for report in both(script("pass", before=before)):
        assert report.error == "the script has no line `import limnode`"


def test_version_7_passes_parameters_and_takes_older_scripts() -> None:
    newer = """import limnode
from limnode import print

def output(inp: limnode.InDefTuple, out: limnode.OutDefTuple, par: limnode.UserParTuple) -> None:
    out[0].makeNew("Objects", "#FF00FF").makeInt32()

def build(par: limnode.UserParTuple, loops: limnode.LoopDefs):
    return limnode.ReduceProgram(loops).overAll()

def run(inp, out, par, ctx):
    assert ctx.programIndex == 0 and ctx.programPass == 1
    if ctx.finalCall:
        out[0].data[...] = 5
"""
    for text in (newer + ENDING, script("out[0].data[...] = 5")):
        report = run_job(job(text, version="7.10", out_of_process=True, **times(2)))
        assert [call.error for call in report.calls] == [None, None]
        assert report.calls[-1].outputs[0].max() == 5


@pytest.mark.parametrize("out_of_process", [False, True])
def test_inputs_are_poisoned_after_the_call(out_of_process: bool) -> None:
    text = script("kept.append(inp[0].data)\nout[0].data[...] = kept[0]", before="import limnode\nkept = []\n")
    first, second = run_job(job(text, out_of_process=out_of_process, **times(2))).calls
    np.testing.assert_array_equal(first.outputs[0], image())
    assert not np.array_equal(second.outputs[0], image())


def test_reducing_writes_on_the_last_call_only() -> None:
    output = OUTPUT.replace("return None", "return limnode.ReduceProgram(loops).overTimeLapse()")
    added = script(
        "total.append(int(inp[0].data.sum()))\nif ctx.finalCall:\n    out[0].data[...] = sum(total)", output=output
    )
    early = script("out[0].data[...] = 1", output=output)
    frames = times(3)
    for report in both(added.replace("import limnode\n", "import limnode\ntotal = []\n", 1), **frames):
        assert [call.final for call in report.calls] == [False, False, True]
        assert [len(call.outputs) for call in report.calls] == [0, 0, 1]
        assert (report.calls[-1].outputs[0] == sum(int(frame.sum()) for frame in frames["frames"])).all()
    for report in both(early, **frames):
        assert "'NoneType' object does not support item assignment" in str(report.calls[0].error)
        assert report.calls[-1].error is None


def test_two_passes_see_everything_before_they_write() -> None:
    output = OUTPUT.replace("return None", "return limnode.TwoPassProgram(loops).overZStack().overMultiPoint()")
    text = script(
        "if not ctx.finalCall:\n    top.append(int(inp[0].data.max()))\nelse:\n    out[0].data[...] = max(top)",
        before="import limnode\ntop = []\n",
        output=output,
    )
    loops = [("m", int(limnode.ExperimentLoopType.XYSite), 2), ("z", int(limnode.ExperimentLoopType.ZStack), 2)]
    frames = [image() + index for index in range(4)]
    for report in both(text, frames, loops=loops):
        assert [(call.program_pass, call.final) for call in report.calls] == [(1, False)] * 4 + [(2, True)] * 4
        assert [call.coordinates for call in report.calls[:2]] == [{"m": 0, "z": 0}, {"m": 0, "z": 1}]
        assert (report.calls[-1].outputs[0] == int(frames[-1].max())).all()


def test_the_child_is_alone_with_its_script() -> None:
    text = script(
        """import os, sys
assert sys.argv == ['-', sys.argv[1]] and sys.argv[1].isdigit(), sys.argv
assert os.environ['PYTHONHOME'] == sys.base_prefix, os.environ['PYTHONHOME']
assert 'PYTHONPATH' not in os.environ
assert sys.stdin.read() == ''
assert ctx.shouldAbort is False
print('nobody sees this')
out[0].data[...] = 1"""
    )
    report = run_job(job(text, out_of_process=True, variables={"PYTHONSTARTUP": "nonsense"}))
    assert report.calls[0].error is None
    assert report.left == ["nobody sees this"]


def test_a_stopped_recipe_kills_the_child_and_tells_a_script_in_process() -> None:
    waiting = "import time\nwhile not ctx.shouldAbort:\n    time.sleep(0.01)  # what a model computes"
    for report in both(script(waiting), abort_after=0.3):
        (call,) = report.calls
        assert call.aborted
        assert call.ms < 1_500


def test_a_dead_child_is_told_and_replaced() -> None:
    text = script("import os\nif ctx.outCoordinates['t'] == 0:\n    os._exit(3)\nout[0].data[...] = 1")
    first, second = run_job(job(text, out_of_process=True, **times(2))).calls
    assert "the child ended with 3" in str(first.error)
    assert second.error is None
    assert first.child != second.child


TABLE = """import limnode

def output(inp, out):
    out[0].makeNew("Cells").withObjectCols().withFloatCol("Area", "px")

def build(loops):
    return None

def run(inp, out, ctx):
    out[0].withColData(["_ObjId", "^area$"], [[1, 2], [5.0, float("nan")]])
"""


def test_tables_travel_except_out_of_process_in_stock_620() -> None:
    table: dict[str, Any] = {"outputs": [Output(kind="table")], **times(1)}
    for report in both(TABLE + ENDING, **table):
        (found,) = report.calls[0].outputs
        assert found.colTitleList == ["t", "Entity", "ObjectId", "Area"]
        assert found.colIdList == ["_looptIndex", "_Entity", "_ObjId", "7b1f.python.Area"]
        assert found.rowDataList == [[None, None, 1, 5.0], [None, None, 2, None]]
    stock = [run_job(job(TABLE + ENDING, out_of_process=out, stock_620=True, **table)) for out in (False, True)]
    assert [report.calls[0].outputs[0].rowCount for report in stock] == [2, 0]


def test_columns_are_found_by_expression_or_id() -> None:
    table = LimTableDataBase("Cells")
    table.insertCol("a", None, {"title": "MeanArea"})
    table.insertCol("b", None, {"title": "Area"})
    assert table.findCol("area") == "a"
    assert table.findCol("^Area$") == "b"
    assert table.findCol("b") == "b"
    with pytest.raises(ValueError, match="no column Volume"):
        table.findCol("Volume")
    table.setColData(["a", "b"], np.array([[1.0, np.nan], [3.0, 4.0]]))
    assert table.rowDataList == [[1.0, 3.0], [None, 4.0]]
    masked = table.colArray("a")
    assert masked.mask.tolist() == [False, True]


def test_definitions_are_frozen_chained_and_checked() -> None:
    out = limnode.OutputBinaryDef(parName="out0", parIsInput=False)
    assert out.makeNew("Cells", "#0A0B0C").makeInt32() is out
    assert (out.binaryName, out.binaryColor, out.bitsPerComponent) == ("Cells", 0x0A0B0C, 32)
    assert out.makeNew("Cells", (1, 2, 3)).binaryColor == 0x010203
    assert out.makeNew("Cells", "red").binaryColor == 0
    with pytest.raises(TypeError, match="assigned a binary"):
        out.assign(limnode.InputChannelDef())  # pyright: ignore[reportArgumentType] - the mistake
    channel = limnode.InputChannelDef(calibration=(0.5, 0.5, 0.0), loopDefList=[{"name": "t", "type": 4}])  # pyright: ignore
    assert channel.units == ("µm", "µm", "px")
    assert channel.loopDefList == [limnode.LoopDef(name="t", type=limnode.ExperimentLoopType.TLapse)]
    with pytest.raises(AttributeError):
        channel.channelName = "x"  # pyright: ignore[reportAttributeAccessIssue] - the mistake


@pytest.mark.parametrize("rank", [2, 3])
def test_separating_keeps_the_higher_number(rank: int) -> None:
    labels = np.zeros((6,) * rank, np.uint16)
    labels[(slice(0, 3),) * rank] = 1
    labels[(slice(3, 6), *(slice(0, 3),) * (rank - 1))] = 2
    separate = limnode.separateLabeledImage if rank == 2 else limnode.separateLabeledImage3d
    separated = separate(labels)
    assert separated.dtype == labels.dtype
    assert (separated == 2).sum() == (labels == 2).sum()
    expected = labels.copy()
    expected[(2, *(slice(0, 3),) * (rank - 1))] = 0
    np.testing.assert_array_equal(separated, expected)
    with pytest.raises(TypeError):
        separate(labels[None])


def test_a_slow_output_is_found() -> None:
    slow = OUTPUT.replace("def output(inp, out):\n", "def output(inp, out):\n    import time; time.sleep(0.12)\n")
    assert any("the editor freezes" in found for found in run_job(job(script("pass", output=slow))).findings)


def test_the_command_reads_a_job_and_leaves_a_report(tmp_path: Path) -> None:
    import json

    from ga3_emulator import read_job, write_report

    (tmp_path / "script.py").write_text(script("out[0].data[...] = inp[0].data"), "utf-8")
    np.save(tmp_path / "frame.npy", image())
    given = {"script": "script.py", "inputs": [{"frames": ["frame.npy"]}], "outputs": [{"kind": "binary"}]}
    (tmp_path / "job.json").write_text(json.dumps(given), "utf-8")
    made = read_job(tmp_path / "job.json")
    assert replace(made, inputs=[]).version == "6.20"
    write_report(run_job(made), tmp_path / "out")
    report = json.loads((tmp_path / "out/report.json").read_text("utf-8"))
    (output,) = report["calls"][0]["outputs"]
    assert (output["dtype"], output["shape"]) == ("int32", [1, 6, 8, 1])
    np.testing.assert_array_equal(np.load(output["path"]), image())
