"""Parfocal worker that reads files of microscopes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parfocal_worker import BadInputError, Context, LoadOptions, SourceFile


class Model:
    """Opens a file with the library for its ending; a library is imported when its first file comes."""

    device = "cpu"

    def __init__(self, options: LoadOptions) -> None:
        pass

    def open(self, path: Path, params: dict[str, Any], context: Context) -> SourceFile:
        """Open a file and read what it says of itself.

        Parameters
        ----------
        path : Path
        params : dict
            Empty.
        context : Context

        Returns
        -------
        SourceFile

        Raises
        ------
        BadInputError
            Its ending is none of those that are read.
        """
        ending = path.suffix.lower()
        if ending == ".nd2":
            from parfocal_reader.nd2_file import Nd2File

            return Nd2File(path)
        if ending == ".czi":
            from parfocal_reader.czi_file import CziFile

            return CziFile(path)
        if ending == ".lif":
            from parfocal_reader.lif_file import LifSource

            return LifSource(path)
        raise BadInputError(f"{ending or 'no ending'} is not read", hint="give a .nd2, .czi or .lif file")
