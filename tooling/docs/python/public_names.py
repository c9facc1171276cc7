"""Print the public names of a Python package as JSON, with their docstrings; nothing of the package is imported."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any


def main(package: Path) -> None:
    """Print the names that the package's `__all__` holds.

    Parameters
    ----------
    package : Path
        Folder of the package.
    """
    init = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    (exported,) = (node.value for node in init.body if isinstance(node, ast.Assign) and _target(node) == "__all__")
    modules = {
        name.name: package / f"{node.module.rpartition('.')[2]}.py"
        for node in init.body
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }
    names = [_find(name, modules[name]) for name in ast.literal_eval(exported)]
    print(json.dumps({"docstring": ast.get_docstring(init), "names": names}))


def _target(node: ast.Assign) -> str | None:
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def _find(name: str, path: Path) -> dict[str, Any]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return _describe(node)
    raise SystemExit(f"{path} does not define {name}")


def _describe(node: ast.ClassDef | ast.FunctionDef) -> dict[str, Any]:
    members: list[dict[str, Any]] = []
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        head = f"class {node.name}({bases}):" if bases else f"class {node.name}:"
        lines = [*(f"@{ast.unparse(each)}" for each in node.decorator_list), head]
        lines += [f"    {ast.unparse(each)}" for each in node.body if isinstance(each, ast.AnnAssign)]
        methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
        lines += [f"    {_signature(each)} ..." for each in methods if each.name == "__init__"]
        signature = "\n".join(lines if len(lines) > 1 else [f"{lines[0]} ..."])
        members = [_describe(each) for each in methods if not each.name.startswith("_")]
    else:
        signature = f"{_signature(node)} ..."
    return {"name": node.name, "signature": signature, "docstring": ast.get_docstring(node) or "", "members": members}


def _signature(node: ast.FunctionDef) -> str:
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    return f"def {node.name}({ast.unparse(node.args)}){returns}:"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
