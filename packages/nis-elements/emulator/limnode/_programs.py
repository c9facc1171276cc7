"""How `run()` is called over the frames of an experiment."""

from __future__ import annotations

from limnode._definitions import ExperimentLoopType, LoopDef


class Program:
    """Calls over loops.

    Parameters
    ----------
    loops
        Those that `build` was given.
    """

    def __init__(self, loops: list[LoopDef]) -> None:
        self.loops = loops
        self.overLoops: list[str] = []

    def _over(self, *types: ExperimentLoopType) -> Program:
        self.overLoops.extend(loop.name for loop in self.loops if loop.type in types)
        return self

    def overZStack(self) -> Program:
        """Over planes."""
        return self._over(ExperimentLoopType.ZStack)

    def overTimeLapse(self) -> Program:
        """Over time."""
        return self._over(ExperimentLoopType.TLapse)

    def overMultiPoint(self) -> Program:
        """Over positions."""
        return self._over(ExperimentLoopType.XYSite)


class ReduceProgram(Program):
    """Many frames in, one result out."""


class TwoPassProgram(Program):
    """All frames are seen, then all are seen again and written."""


def over_all(program: Program) -> Program:
    """Over all loops; a method in version 7."""
    program.overLoops.extend(loop.name for loop in program.loops)
    return program
