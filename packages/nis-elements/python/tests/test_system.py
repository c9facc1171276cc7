"""What differs on Windows, as far as it can be tested elsewhere."""

import subprocess
import sys

from parfocal_ga3._system import clean_environment, detached


def test_variables_that_lead_python_elsewhere_are_dropped():
    """PYTHONHOME above all: NIS-Elements sets it for its own interpreter."""
    given = {
        "PYTHONHOME": "C:\\Program Files\\NIS-Elements\\Python",
        "PythonPath": "x",
        "PYTHONSTARTUP": "x",
        "PYTHONNOUSERSITE": "1",
        "__PYVENV_LAUNCHER__": "x",
        "VIRTUAL_ENV": "x",
        "CONDA_PREFIX": "x",
        "HTTPS_PROXY": "http://proxy",
        "PARFOCAL_THREADS": "2",
    }
    assert clean_environment(given, {"PARFOCAL_HOME": "h"}) == {
        "HTTPS_PROXY": "http://proxy",
        "PARFOCAL_THREADS": "2",
        "PARFOCAL_HOME": "h",
    }


def test_folders_of_the_host_program_leave_the_path_on_windows():
    """Their DLLs would be loaded in place of those of an environment."""
    folders = [
        "C:\\Program Files\\NIS-Elements\\Python",
        "D:\\nis elements 7\\bin",
        "C:\\ProgramData\\Laboratory Imaging\\NIS-Elements\\PythonEnvs\\x",
        "C:\\Windows\\System32",
        "C:\\Users\\dennis-elements",
    ]
    cleaned = clean_environment({"Path": ";".join(folders)}, {}, "win32")
    assert cleaned == {"Path": "C:\\Windows\\System32;C:\\Users\\dennis-elements"}


def test_a_path_elsewhere_has_colons():
    """A semicolon is part of a name there."""
    assert clean_environment({"PATH": "/opt/nis-elements/bin:/usr/bin"}, {}, "linux") == {"PATH": "/usr/bin"}


def test_a_daemon_shows_no_window_and_outlives_the_node():
    """CREATE_NO_WINDOW, CREATE_NEW_PROCESS_GROUP, CREATE_BREAKAWAY_FROM_JOB."""
    assert detached("win32") == {"creationflags": 0x0800_0000 | 0x0000_0200 | 0x0100_0000}
    assert detached("linux") == {"start_new_session": True}


def test_importing_the_client_loads_little():
    """The editor of GA3 imports it again and again; what is heavy is loaded at the first call."""
    script = (
        "import sys, numpy; before = set(sys.modules); import parfocal_ga3; new = set(sys.modules) - before;"
        "print(sorted(new & {'http.client', 'logging', 'logging.handlers', 'subprocess', 'ssl', 'asyncio'}))"
    )
    path = [entry for entry in sys.path if entry]
    code = f"import sys; sys.path[:0] = {path!r}; {script}"
    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
