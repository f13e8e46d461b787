"""The wheel's bill of materials: valid CycloneDX, and true.

    python tests/checks/sbom.py dist/*.whl

Each wheel must hold exactly one bill of ours (`sboms/starkcore-native.cdx.json` in its metadata, PEP 770; a tool that
repairs wheels adds its own beside it). cyclonedx-python-lib validates every bill against the schema. Ours must then say
what is so: name, version and license are those of the wheel's METADATA; pybind11 is the version that
.ci/requirements/build.txt pins (--any-pybind11: for wheels built with another); and on Linux every library that the
extension links to is the C library, one that the bill names, or one that the wheel brings in `….libs/`.

Each wheel's bill is then falsified in seven ways, and each must be found. Needs cyclonedx-python-lib[json-validation]
(.ci/requirements/lint.txt) and, for wheels of Linux, readelf; takes seconds.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
import tempfile
from email.parser import BytesParser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "project"))

from distributions import ROOT, Member, members, readelf

OURS = "sboms/starkcore-native.cdx.json"
# A library's file name, and what the bill calls it. Those of the C library are the machine's, as Python's are.
NAMED = {"libstdc++.so.6": "libstdc++", "libgcc_s.so.1": "libgcc"}
C_LIBRARY = re.compile(r"(libc|libm|libpthread|ld-linux[-\w]*|libc\.musl-\w+)\.so\.\d+")

Bill = dict[str, Any]


def schema_faults(name: str, text: str) -> list[str]:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    version = SchemaVersion.from_version(json.loads(text)["specVersion"])
    error = JsonStrictValidator(version).validate_str(text)
    return [] if error is None else [f"{name}: not valid CycloneDX: {str(error)[:200]}"]


def linked_libraries(inside: dict[str, Member]) -> list[str]:
    """What the extension links to and the wheel does not bring along."""
    brought = {Path(name).name for name in inside if ".libs/" in name}
    found = []
    for name, member in inside.items():
        if name.endswith(".so") and member.content.startswith(b"\x7fELF"):
            with tempfile.NamedTemporaryFile(suffix=".so") as file:
                file.write(member.content)
                file.flush()
                needed = re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("--dynamic", Path(file.name)))
            found += [library for library in needed if library not in brought]
    return found


def pinned(package: str) -> str:
    text = (ROOT / ".ci" / "requirements" / "build.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    if found is None:
        raise SystemExit(f".ci/requirements/build.txt does not pin {package}")
    return found[1]


def truth_faults(bill: Bill, metadata: dict[str, str], libraries: list[str], pybind11: str | None) -> list[str]:
    """Where a bill says something else than the wheel is."""
    own = bill["metadata"]["component"]
    said = {
        "name": own.get("name"),
        "version": own.get("version"),
        "purl": own.get("purl"),
        "license": [entry["license"]["id"] for entry in own.get("licenses", [])],
    }
    true = {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "purl": f"pkg:pypi/{metadata['Name']}@{metadata['Version']}",
        "license": [metadata["License-Expression"]],
    }
    faults = [f"says {key} {said[key]!r}, is {true[key]!r}" for key in true if said[key] != true[key]]
    components = {component["name"]: component for component in bill.get("components", [])}
    headers = components.get("pybind11")
    if headers is None:
        faults.append("does not name pybind11")
    elif pybind11 is not None and headers.get("version") != pybind11:
        faults.append(f"says pybind11 {headers.get('version')}, built with {pybind11}")
    elif headers.get("purl") != f"pkg:pypi/pybind11@{headers.get('version')}":
        faults.append("pybind11's purl and version differ")
    for library in libraries:
        if not C_LIBRARY.fullmatch(library) and NAMED.get(library) not in components:
            faults.append(f"does not name {library}")
    references = {own["bom-ref"], *(component["bom-ref"] for component in components.values())}
    graph = {entry["ref"]: entry.get("dependsOn", []) for entry in bill.get("dependencies", [])}
    if graph.keys() != references or set(graph.get(own["bom-ref"], [])) != references - {own["bom-ref"]}:
        faults.append("the graph of dependencies is not that of the components")
    if "serialNumber" in bill or "timestamp" in bill["metadata"]:
        faults.append("holds a number or date that another build would not repeat")
    return faults


def falsified(bill: Bill) -> dict[str, Bill]:
    """The bill, wrong in one thing each."""

    def changed(change: Any) -> Bill:
        other = copy.deepcopy(bill)
        change(other)
        return other

    return {
        "another version": changed(lambda b: b["metadata"]["component"].update(version="9.9")),
        "another license": changed(lambda b: b["metadata"]["component"]["licenses"][0]["license"].update(id="MIT")),
        "another pybind11": changed(lambda b: b["components"][0].update(version="2.0.0")),
        "no C++ runtime": changed(lambda b: b["components"].pop(1)),
        "no dependencies": changed(lambda b: b["dependencies"].clear()),
        "a date": changed(lambda b: b["metadata"].update(timestamp="2026-01-01T00:00:00Z")),
        "no such license": changed(lambda b: b["components"][0]["licenses"][0]["license"].update(id="BSD-9")),
    }


def faults_of(wheel: Path, *, any_pybind11: bool) -> list[str]:
    inside = members(wheel)
    split = {name: name.partition(".dist-info/")[2] for name in inside}
    bills = {name: inside[name].content.decode() for name, rest in split.items() if rest.startswith("sboms/")}
    ours = [name for name in bills if split[name] == OURS]
    if len(ours) != 1:
        return [f"holds {len(ours)} times {OURS}, not once"]
    (raw,) = (inside[name].content for name, rest in split.items() if rest == "METADATA")
    metadata = dict(BytesParser().parsebytes(raw).items())
    libraries = linked_libraries(inside)
    pybind11 = None if any_pybind11 else pinned("pybind11")

    def check(bill: Bill) -> list[str]:
        return schema_faults(OURS, json.dumps(bill)) + truth_faults(bill, metadata, libraries, pybind11)

    bill = json.loads(bills[ours[0]])
    faults = check(bill)
    for name in bills.keys() - set(ours):
        faults += schema_faults(name, bills[name])
    faults += [f"planted, not found: {what}" for what, wrong in falsified(bill).items() if not check(wrong)]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, nargs="+")
    parser.add_argument("--any-pybind11", action="store_true", help="the wheels were built with another pybind11")
    arguments = parser.parse_args()
    total = 0
    for wheel in arguments.wheels:
        faults = faults_of(wheel, any_pybind11=arguments.any_pybind11)
        total += len(faults)
        print(f"{wheel.name}: {'; '.join(faults) or 'as it says, and seven falsified bills found'}", flush=True)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
