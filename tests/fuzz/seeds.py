#!/usr/bin/python3
"""Makes the seeds of a fuzzer of the tests' data: seeds.py FOLDER PARSER...
A file of JSON strings, one a line, becomes a seed a line; another file is a seed as it is."""
import json
import pathlib
import shutil
import sys

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
into = pathlib.Path(sys.argv[1])
into.mkdir(parents=True, exist_ok=True)
for parser in sys.argv[2:]:
    for path in sorted((DATA / parser).glob("*/*")):
        if path.suffix == ".lines":
            lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
            for number, line in enumerate(lines, 1):
                text = json.loads(line).encode("utf-8", "surrogatepass")
                (into / f"{parser}.{path.parent.name}.{path.name}.{number}").write_bytes(text)
        elif path.suffix != ".expect":
            shutil.copy(path, into / f"{parser}.{path.parent.name}.{path.name}")
