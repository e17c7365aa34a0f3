"""A model as its users meet it: translated by Dragoman's own program, with its sentence splitting and its guards."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path


class ProgramModel:
    """A model directory that ``dragoman translate`` translates with."""

    def __init__(self, program: Path, folder: Path, kind: str, threads: int, guards: bool):
        self._command = [str(program.resolve()), "translate", "--model", str(folder.resolve()), "--compute", kind]
        self._command += ["--threads", str(threads), "--guards", "on" if guards else "off"]
        table = json.loads((folder / "model.json").read_text("utf-8"))
        self.directions = [(d["source"], d["target"]) for d in table["languages"]]

    def translate(self, lines: list[str], source: str, target: str, beam: int) -> list[str]:
        """One translation per line; an error of the program is raised with its message."""
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder) / "given.txt", Path(folder) / "made.txt"
            given.write_text("".join(f"{line}\n" for line in lines), "utf-8")
            options = ["--from", source, "--to", target, "--beam", str(beam), "--input", given, "--output", made]
            subprocess.run([*self._command, *map(str, options)], check=True)
            translations = made.read_text("utf-8").split("\n")[:-1]
        if len(translations) != len(lines):
            raise SystemExit(f"{len(lines)} lines went into the program and {len(translations)} came out")
        return translations
