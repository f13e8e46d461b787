"""Wheels and source distributions whose bytes follow from the source and the tools alone, and the wheel's bill of
materials.

Every file is dated SOURCE_DATE_EPOCH (seconds since 1970), or 1980-01-01, the first day that a zip file knows, where
that is not set; modes and owners are the same whoever builds. `tests/checks/reproduce.py` builds twice and compares.
"""

import gzip
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path

from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

FIRST_DAY = "315532800"
# What the extension links to and doesn't carry: whichever the machine has that it is loaded on.
RUNTIMES = {"darwin": ["libc++"], "win32": ["Microsoft Visual C++ runtime"]}


def bill_of_materials(name, version, license_id):
    """What the wheel is made of, in CycloneDX 1.7: our own code, the headers compiled into it, the runtime outside."""
    import pybind11

    own, headers = f"pkg:pypi/{name}@{version}", f"pkg:pypi/pybind11@{pybind11.__version__}"
    runtimes = RUNTIMES.get(sys.platform, ["libstdc++", "libgcc"])

    def component(reference, component_name, license_name, **more):
        licenses = [{"license": {"id": license_name}}]
        return {"type": "library", "bom-ref": reference, "name": component_name, "licenses": licenses, **more}

    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": component(own, name, license_id, version=version, purl=own),
        },
        "components": [
            component(
                headers,
                "pybind11",
                "BSD-3-Clause",
                version=pybind11.__version__,
                purl=headers,
                description="Headers, compiled into the extension.",
            ),
            *(
                {
                    "type": "library",
                    "bom-ref": runtime,
                    "name": runtime,
                    "isExternal": True,
                    "description": "The compiler's runtime: linked to, and not in the wheel as it is built.",
                }
                for runtime in runtimes
            ),
        ],
        "dependencies": [
            {"ref": own, "dependsOn": [headers, *runtimes]},
            {"ref": headers, "dependsOn": runtimes},
            *({"ref": runtime} for runtime in runtimes),
        ],
    }


class Wheel(bdist_wheel):
    """setuptools' wheel, with `sboms/` in its metadata (PEP 770), the same modes under any umask, and dates as
    above.
    """

    def run(self):
        os.environ.setdefault("SOURCE_DATE_EPOCH", FIRST_DAY)
        if not self.skip_build:
            # What an earlier build left there would come along: removed modules, and an extension with other switches.
            shutil.rmtree(self.get_finalized_command("build").build_lib, ignore_errors=True)
        super().run()

    def write_wheelfile(self, wheelfile_base, *arguments, **options):
        # Called when everything is in place but the archive itself.
        super().write_wheelfile(wheelfile_base, *arguments, **options)
        metadata = self.distribution.metadata
        folder = Path(wheelfile_base) / "sboms"
        folder.mkdir()
        bill = bill_of_materials(metadata.get_name(), metadata.get_version(), metadata.license_expression)
        text = json.dumps(bill, indent=1) + "\n"
        (folder / f"{metadata.get_name()}.cdx.json").write_text(text, encoding="utf-8", newline="\n")
        for path in Path(self.bdist_dir).rglob("*"):
            if path.is_file():
                path.chmod(0o755 if path.suffix == ".so" else 0o644)


class SourceDistribution(sdist):
    """setuptools' sdist, but for the archive: sorted, without the builder's name, modes and clock."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, owner=None, group=None):  # noqa: A002 distutils' name
        if format != "gztar":
            return super().make_archive(base_name, format, root_dir, base_dir, owner, group)
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH", FIRST_DAY))

        def plain(member):
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = epoch
            member.mode = 0o755 if member.isdir() else 0o644
            return member

        target = Path(f"{base_name}.tar.gz")
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            target.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=epoch) as packed,
            tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted([Path(base_dir), *Path(base_dir).rglob("*")]):
                archive.add(path, arcname=path.as_posix(), recursive=False, filter=plain)
        return str(target)
