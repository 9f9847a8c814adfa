"""What clamd says of a file reaches us as it said it; what it does not say is never taken for clean."""

import hashlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from uniha_clausier.common import antivirus

from . import clamd

LARGE = b"%PDF-1.7" + b"0" * 3_000_000


def test_a_sound_file_and_an_infected_one_are_told_apart(tmp_path):
    with clamd.running(tmp_path) as address:
        assert antivirus.scan(LARGE, address=address) == ""
        assert antivirus.scan(LARGE + clamd.EICAR, address=address) == "Eicar-Signature"


def test_a_file_over_the_limit_of_clamd_is_not_called_clean(tmp_path):
    with clamd.running(tmp_path, most=1000) as address, pytest.raises(antivirus.TooLarge):
        antivirus.scan(LARGE, address=address)


@pytest.mark.parametrize("answer", [b"", b"stream: ERROR\0", b"stream: O", b"HTTP/1.1 200 OK\r\n"])
def test_an_answer_that_is_not_one_is_no_verdict(tmp_path, answer):
    verdict = clamd.running(tmp_path, lambda _content: answer)
    with verdict as address, pytest.raises(antivirus.Unreachable):
        antivirus.scan(b"x", address=address)


def test_nobody_at_the_address_is_no_verdict(tmp_path):
    with pytest.raises(antivirus.Unreachable):
        antivirus.scan(b"x", address=str(tmp_path / "nobody.sock"))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(antivirus.Unreachable):
            antivirus.scan(b"x", address=address)


def test_a_silent_clamd_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(antivirus, "ANSWER_SECONDS", 0.2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(tmp_path / "silent.sock"))
        door.listen()
        with pytest.raises(antivirus.Unreachable):
            antivirus.scan(b"x", address=str(tmp_path / "silent.sock"))


# -- The real one --------------------------------------------------------------------------------

PROGRAM = shutil.which("clamd", path="/usr/sbin:/usr/bin")


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    """A clamd that knows one signature: the hash of the test file."""
    folder = tmp_path / "clamav"
    folder.mkdir()
    digest = hashlib.md5(clamd.EICAR, usedforsecurity=False).hexdigest()
    (folder / "test.hdb").write_text(f"{digest}:{len(clamd.EICAR)}:Eicar-Test\n")
    address = str(folder / "clamd.sock")
    config = folder / "clamd.conf"
    config.write_text(
        f"LocalSocket {address}\nDatabaseDirectory {folder}\nForeground yes\n"
        f"LogFile {folder}/log\nStreamMaxLength 1M\n"
    )
    process = subprocess.Popen([str(PROGRAM), f"--config-file={config}"])
    try:
        deadline = time.monotonic() + 60
        while not Path(address).exists() and process.poll() is None:
            assert time.monotonic() < deadline, "clamd does not start"
            process_ended(process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def process_ended(process: subprocess.Popen[bytes]) -> None:
    """Wait a tenth of a second, or less when the process ends."""
    try:
        process.wait(timeout=0.1)
    except subprocess.TimeoutExpired:
        return


@pytest.mark.long
@pytest.mark.skipif(PROGRAM is None, reason="clamd (ClamAV) is not installed")
def test_the_real_clamd_finds_the_test_file_and_nothing_else(real):
    assert antivirus.scan(clamd.EICAR, address=real) == "Eicar-Test.UNOFFICIAL"
    assert antivirus.scan(b"%PDF-1.7 sain", address=real) == ""
    with pytest.raises(antivirus.TooLarge):
        antivirus.scan(b"0" * 2_000_000, address=real)
