"""What a wheel, a source distribution and the extension in it may hold, and how two archives differ."""

import re
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# glibc and its loader under the names of x86-64 and Arm, musl, and the two libraries of the compiler.
LIBRARIES = re.compile(r"(libc|libm|libpthread|libgcc_s|libstdc\+\+|ld-linux[-\w]*|libc\.musl-\w+)\.so\.\d+")
# An absolute path as a compiler would leave it behind.
PLACES = re.compile(rb"/(?:build|home|mnt|opt|private|project|root|srv|tmp|usr|var|work|Users)/[\x21-\x7e]{3,}")
BINARY = re.compile(r"starkcore/_native\.[-\w.]*(so|pyd)")
METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    content: bytes
    mode: int
    date: object
    owner: tuple[object, ...] = ()


def members(archive: Path) -> dict[str, Member]:
    """What is in a wheel or a tar file, in its order."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            return {
                info.filename: Member(opened.read(info), info.external_attr >> 16, info.date_time)
                for info in opened.infolist()
            }
    with tarfile.open(archive) as opened:
        return {
            info.name: Member(
                opened.extractfile(info).read() if info.isfile() else b"",
                info.mode,
                info.mtime,
                (info.uid, info.gid, info.uname, info.gname, info.type, info.linkname),
            )
            for info in opened
        }


def differences(first: Path, second: Path) -> list[str]:
    """Each member that differs, and in what; nothing if the two files are the same, byte for byte."""
    if first.read_bytes() == second.read_bytes():
        return []
    one, other = members(first), members(second)
    found = [f"{name}: only in the first" for name in sorted(one.keys() - other.keys())]
    found += [f"{name}: only in the second" for name in sorted(other.keys() - one.keys())]
    for name in sorted(one.keys() & other.keys()):
        for field in fields(Member):
            a, b = getattr(one[name], field.name), getattr(other[name], field.name)
            if a == b:
                continue
            if field.name == "content":
                place = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
                found.append(f"{name}: content, {len(a)} and {len(b)} bytes, from byte {place}")
            else:
                found.append(f"{name}: {field.name}, {a!r} and {b!r}")
    if list(one) != list(other) and one.keys() == other.keys():
        found.append("the order of the members")
    return found or ["the container alone: its header or compression"]


def package_files(root: Path) -> set[str]:
    """The files of the package in a tree, as a wheel names them, but for what a compiler or Python has put there."""
    return {
        path.relative_to(root).as_posix()
        for path in (root / "starkcore").rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so", ".pyd"}
    }


def wheel_faults(names: set[str], root: Path = ROOT) -> list[str]:
    """What is in a wheel and shouldn't be, and what should be and isn't."""
    package = {name for name in names if not name.partition("/")[0].endswith(".dist-info")}
    metadata = {name.partition("/")[2] for name in names - package}
    binaries = {name for name in package if BINARY.fullmatch(name)}
    bills = {name for name in metadata if name.startswith("sboms/") and name.endswith(".cdx.json")}
    expected = package_files(root)
    faults = [f"{name}: does not belong into a wheel" for name in sorted(package - binaries - expected)]
    faults += [f"{name}: missing" for name in sorted((expected - package) | (METADATA - metadata))]
    faults += [f"{name}: does not belong into a wheel's metadata" for name in sorted(metadata - METADATA - bills)]
    if len(binaries) != 1:
        faults.append(f"{len(binaries)} extensions instead of one")
    if not bills:
        faults.append("sboms/: no bill of materials")
    return faults


def readelf(option: str, path: Path) -> str:
    program = shutil.which("readelf")
    if program is None:
        raise RuntimeError("this check needs readelf, which comes with a compiler (binutils)")
    # The names of sections and tags don't depend on a locale, but the words around them do.
    command = [program, "--wide", option, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={"LC_ALL": "C"}).stdout


def exported(path: Path) -> set[str]:
    """The symbols that others can link to."""
    found = set()
    for line in readelf("--dyn-syms", path).splitlines():
        columns = line.split()
        if len(columns) >= 8 and columns[4] in {"GLOBAL", "WEAK", "UNIQUE"} and columns[6] != "UND":
            found.add(columns[7].partition("@")[0])
    return found


def extension_faults(path: Path, name: str = "_native") -> list[str]:
    """What an ELF extension exports, links to, leaves writable or gives away beyond what it must."""
    dynamic, segments = readelf("--dynamic", path), readelf("--segments", path)
    faults = [f"exports {symbol}" for symbol in sorted(exported(path) - {f"PyInit_{name}"})]
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    faults += [f"links to {library}" for library in needed if not LIBRARIES.fullmatch(library)]
    faults += [f"has a {tag}" for tag in ("RPATH", "RUNPATH", "TEXTREL") if f"({tag})" in dynamic]
    if not re.search(r"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW", dynamic):
        faults.append("resolves addresses as they are called, in a table that stays writable: no BIND_NOW")
    flags = dict(re.findall(r"^  (\w+) +(?:0x\w+ +){5}([RWE ]{3}) ", segments, re.MULTILINE))
    if "GNU_RELRO" not in flags:
        faults.append("has no GNU_RELRO segment")
    if "E" in flags.get("GNU_STACK", "E"):
        faults.append("asks for an executable stack")
    if re.search(r"^  LOAD .* RWE ", segments, re.MULTILINE):
        faults.append("has a segment that is both writable and executable")
    faults += [f"names the place {place.decode()}" for place in sorted(set(PLACES.findall(path.read_bytes())))]
    return faults
