"""Recognising macros and running them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from parfocal_worker import Context

from parfocal_deepimagej.macros import instances, masks, normalization
from parfocal_deepimagej.macros.result import MacroResult
from parfocal_deepimagej.macros.script import Script, read_script

Function = Callable[[np.ndarray, Script, Context], np.ndarray]


@dataclass(frozen=True)
class Macro:
    """A macro that is known.

    Attributes
    ----------
    name : str
        As upstream's file is called, without ending.
    axes : tuple of str
        Axes that it works on as it stands; a macro without the word stack changes the shown plane only.
    channels : int
        Channels that it needs, 0 for any.
    numbers : tuple of str
        Variables that it sets.
    calls : tuple of str
        Its commands; empty where `word` decides.
    word : str
        A word that only this macro has.
    run : callable
    """

    name: str
    run: Function
    calls: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    axes: tuple[str, ...] = ("yx",)
    channels: int = 0
    word: str = ""

    def matches(self, script: Script) -> bool:
        """Whether a script is this macro."""
        if not all(name in script.numbers and name not in script.computed for name in self.numbers):
            return False
        if self.word:
            return self.word in script.text
        return script.calls == self.calls and not script.changes_otherwise


def run_macro(name: str, text: str | None, arrays: np.ndarray, axes: str, context: Context) -> MacroResult:
    """Run a macro that is known here.

    Parameters
    ----------
    name : str
        File name.
    text : str or None
        Its content, where the file is there.
    arrays : ndarray
        float32; not changed.
    axes : str
        "yx", "zyx", "cyx" or "czyx".
    context : Context
        Asked between steps whether the call was cancelled.

    Returns
    -------
    MacroResult
        `ran` is False where the macro is not known, was changed, or works on other axes; `why` says which. A macro that
        holds comments alone has run.
    """
    if text is None:
        return MacroResult(arrays, False, name, "its file is not there")
    script = read_script(text)
    if not script.text.strip():
        return MacroResult(arrays, True, name)
    macro = next((each for each in _MACROS if each.matches(script)), None)
    if macro is None:
        return MacroResult(arrays, False, name, "it is none of those known here, or was changed")
    if axes not in macro.axes:
        return MacroResult(
            arrays, False, name, f"{macro.name} works on {' or '.join(macro.axes)}, this array is {axes}"
        )
    if macro.channels and arrays.shape[0] != macro.channels:
        wanted = f"{macro.name} works on {macro.channels} channels"
        return MacroResult(arrays, False, name, f"{wanted}, this array has {arrays.shape[0]}")
    context.check_cancelled()
    return MacroResult(macro.run(arrays.astype(np.float32, copy=False), script, context), True, name)


def known_macros() -> tuple[str, ...]:
    """Names of the macros that are known here."""
    return tuple(macro.name for macro in _MACROS)


def _plain(function: Callable[[np.ndarray, Script], np.ndarray]) -> Function:
    return lambda image, script, _context: function(image, script)


_FLOAT = 'run("32-bit")'
_STATISTICS = "getStatistics(_,_,min,max,_,_)"
_SUBTRACT_MINIMUM = ('run("Subtract...","value="+min)', 'run("Divide...","value="+diff)')
_Z_SCORE = ('run("Subtract...","value="+paramMean)', 'run("Divide...","value="+paramStd)')
_HISTOGRAM = "getHistogram(values,counts,nBins)"

_MACROS = (
    Macro(
        "per_sample_scale_range",
        _plain(normalization.per_sample_scale_range),
        (
            "setSlice(s)",
            _HISTOGRAM,
            _FLOAT,
            'run("Subtract...","value="+mi+"stack")',
            'run("Divide...","value="+diff+"stack")',
        ),
        ("min_percentile", "max_percentile"),
    ),
    Macro(
        "PercentileNormalization",
        _plain(normalization.percentile_normalization),
        (_HISTOGRAM, _FLOAT, 'run("Subtract...","value="+mi)', 'run("Divide...","value="+diff)'),
        ("target",),
    ),
    Macro(
        "zero_mean_unit_variance",
        _plain(normalization.zero_mean_unit_variance),
        (
            _FLOAT,
            "getStatistics(_,mean,min,max,std,_)",
            'run("Subtract...","value="+mean)',
            'run("Divide...","value="+std)',
        ),
    ),
    Macro(
        "fixed_zero_mean_unit_variance",
        _plain(normalization.fixed_zero_mean_unit_variance),
        (_FLOAT, *_Z_SCORE),
        ("paramMean", "paramStd"),
    ),
    Macro(
        "MeanNormalization",
        _plain(normalization.mean_normalization),
        (_FLOAT, _STATISTICS, *_SUBTRACT_MINIMUM, *_Z_SCORE),
        ("paramMean", "paramStd"),
    ),
    Macro(
        "scale_linear",
        _plain(normalization.scale_linear),
        (_FLOAT, 'run("Multiply...","value="+gain)', 'run("Add...","value="+offset)'),
        ("gain", "offset"),
    ),
    Macro(
        "binarize",
        _plain(masks.binarize),
        (
            _STATISTICS,
            "setThreshold(optimalThreshold,max)",
            'run("ConverttoMask","method=Defaultbackground=Darkblack")',
        ),
        ("optimalThreshold",),
    ),
    Macro(
        "8bitBinarize",
        _plain(masks.binarize_8bit),
        (
            _STATISTICS,
            *_SUBTRACT_MINIMUM,
            'run("Multiply...","value="+255)',
            'run("8-bit")',
            "setThreshold(0,optimalThreshold)",
            'run("ConverttoMask")',
        ),
        ("optimalThreshold",),
    ),
    Macro(
        "LocalMaximaSMLM",
        _plain(masks.local_maxima),
        (
            'run("Min...","value=0")',
            'run("Divide...","value="+L2_weighting_factor)',
            'run("Maximum...","radius="+neighborhood_size)',
            'imageCalculator("Subtract","maxPooling","normalizedConfidence")',
            'run("ManualThreshold...","min=0max=0")',
            'run("ConverttoMask")',
            _FLOAT,
            'run("Divide...","value=255")',
            'imageCalculator("Multiply","filteredConfidence","maxPooling")',
        ),
        ("thresh", "L2_weighting_factor", "neighborhood_size"),
    ),
    Macro(
        "Contours2InstanceSegmentation",
        instances.contours_to_instances,
        (
            "setThreshold(0.5,1.0)",
            'run("ConverttoMask","method=Meanbackground=Darkblack")',
            'run("Divide...","value=255.000stack")',
            "setSlice(1)",
            'run("Multiply...","value=0slice")',
            "setSlice(2)",
            'run("Multiply...","value=1slice")',
            "setSlice(3)",
            'run("Multiply...","value=2slice")',
            'run("ZProject...","projection=[MaxIntensity]")',
            'run("SelectLabel(s)","label(s)=1")',
            'run("FillHoles(Binary/Gray)")',
            'run("Multiply...","value=255.000")',
            'run("DistanceTransformWatershed",'
            '"distances=[Borgefors(3,4)]output=[32bits]normalizedynamic=1connectivity=4")',
            'run("LabelSizeFiltering","operation=Greater_Thansize=10")',
        ),
        axes=("cyx",),
        channels=3,
    ),
    Macro(
        "ConvexMarkersWatershedSegmentation",
        instances.convex_markers_watershed,
        word="Marker-controlled Watershed",
        numbers=("MARKER_THRESHOLD", "C_MASK_THRESHOLD", "STEP"),
        axes=("cyx",),
        channels=4,
    ),
    Macro(
        "StarDist2D_Post-processing",
        instances.stardist_2d,
        word="de.csbdresden.stardist.StarDist2DNMS",
        numbers=("grid", "probThresh", "nmsThresh"),
        axes=("cyx",),
    ),
)
