"""A seal whose key never leaves a token: SoftHSM plays the security module."""

import datetime as dt
import os
import re
import subprocess
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pikepdf
import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.management import CommandError, call_command
from pkcs11 import TokenFlag

from uniha_clausier import settings as product
from uniha_clausier.common import certificates, signing_token
from uniha_clausier.common.errors import SigningFailed
from uniha_clausier.common.signing import SealSettings, load_signer, seal_pdf, trusted_roots
from uniha_clausier.common.signing_token import TokenKey
from uniha_clausier.common.signing_verdict import verify_pdf

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PAGE = Path(product.BASE_DIR) / "docs" / "operations.md"
TOKEN, PIN = "jeton d’essai", "4711-4711"
NOW = dt.datetime.now(dt.UTC)

pytestmark = pytest.mark.skipif(not MODULE.exists(), reason="no SoftHSM: install softhsm2")


@pytest.fixture(autouse=True)
def _no_pin_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_token, "_refused", set())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One token with an RSA key, an EC key, two keys of the same name, and their certificates."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        softhsm("--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", PIN)
        for number, name in enumerate(("rsa", "ec", "deux", "deux")):
            key = ec.generate_private_key(ec.SECP256R1()) if name != "rsa" else rsa_key()
            write_key(folder / f"{name}.key", key)
            write_certificates(folder / f"{name}.pem", key)
            softhsm(
                "--import", str(folder / f"{name}.key"), "--token", TOKEN, "--pin", PIN,
                "--label", name, "--id", f"0{number}",
            )  # fmt: skip
    return folder


@pytest.fixture(autouse=True)
def _configured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))


def softhsm(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def write_key(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def write_certificates(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    """The certificate of the key, then that of the authority which issued it."""
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    issuer, subject = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        for name in ("Autorité du jeton", "Cachet du jeton")
    )
    made = [
        x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=1)).not_valid_after(NOW + dt.timedelta(days=90))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(certificates._key_usage(**{usage: True}), critical=True)
        .sign(issuer_key, hashes.SHA256())
        for name, public, usage, ca in (
            (subject, key.public_key(), "digital_signature", False),
            (issuer, issuer_key.public_key(), "key_cert_sign", True),
        )
    ]  # fmt: skip
    path.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in made))


def settings_of(folder: Path, name: str, **changes: str) -> SealSettings:
    place = {"token": TOKEN, "key": name, "pin": PIN} | changes
    return SealSettings(
        home=folder,
        organisation="CHU",
        token=TokenKey(module=MODULE, **place),
        certificates=folder / f"{name}.pem",
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("plain") / "page.pdf"
    with pikepdf.new() as page:
        page.add_blank_page()
        page.save(path)
    return path.read_bytes()


def sealed_by(settings: SealSettings, plain: bytes) -> bytes:
    return seal_pdf(plain, signer=load_signer(settings), reason="Scellement")


@pytest.mark.parametrize("key", ["rsa", "ec"])
def test_the_key_of_a_token_seals_and_anybody_checks(
    key: str, folder: Path, plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, since a session that stays open would refuse the second login."""
    settings = settings_of(folder, key)
    sealed = [sealed_by(settings, plain), sealed_by(settings, plain)][1]
    monkeypatch.setattr(signing_token, "_loaded", None)  # checking asks nothing of the token
    verdict = verify_pdf(sealed, trusted_roots=trusted_roots(settings))
    assert (verdict.intact, verdict.signatures[0].signer) == (True, "Cachet du jeton")
    changed = sealed.replace(b"/MediaBox", b"/MediaBax", 1)
    assert not verify_pdf(changed, trusted_roots=trusted_roots(settings)).intact
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    said = subprocess.run(
        ["pdfsig", tmp_path / "sealed.pdf"], capture_output=True, text=True, check=False
    )
    assert "Signature is Valid." in said.stdout
    assert "Total document signed" in said.stdout


@pytest.mark.parametrize(
    ("key", "changes", "message"),
    [
        ("rsa", {"token": "un autre"}, "jeton « un autre » est absent : branchez-le"),
        ("rsa", {"key": "absente"}, "n’a pas de clé « absente » : corrigez SEAL_PKCS11_KEY"),
        ("deux", {}, r"Plusieurs clés .* portent le nom « deux »"),
    ],
)
def test_what_is_missing_is_said_with_what_to_correct(
    key: str, changes: dict[str, str], message: str, folder: Path, plain: bytes
) -> None:
    with pytest.raises(SigningFailed, match=message):
        sealed_by(settings_of(folder, key, **changes), plain)


def test_a_key_that_is_not_the_one_of_the_certificate_is_said(folder: Path, plain: bytes) -> None:
    write_certificates(folder / "other.pem", rsa_key())
    settings = settings_of(folder, "other", key="rsa")
    with pytest.raises(SigningFailed, match="n’est pas celle du premier certificat"):
        sealed_by(settings, plain)


class Card:
    """A driver with one card, which counts how often a PIN is tried."""

    def __init__(self, flags: TokenFlag) -> None:
        self.flags, self.tries = flags, 0

    def get_token(self, **wanted: str) -> "Card":
        return self

    def open(self, user_pin: str) -> None:
        self.tries += 1
        raise pkcs11.PinIncorrect

    def finalize(self) -> None:
        pass


@pytest.mark.parametrize(
    ("flags", "tries", "message"),
    [
        (TokenFlag.USER_PIN_COUNT_LOW, 1, "Il ne sera pas essayé à nouveau"),
        (TokenFlag.USER_PIN_FINAL_TRY, 0, "Il ne reste qu’un essai"),
        (TokenFlag.USER_PIN_LOCKED, 0, "est bloqué"),
    ],
)
def test_a_card_is_never_locked_by_its_pin(
    flags: TokenFlag, tries: int, message: str, folder: Path, plain: bytes, monkeypatch: Any
) -> None:
    """However many documents wait: a card locks after three wrong PINs."""
    card = Card(flags)
    monkeypatch.setattr(pkcs11, "lib", lambda path: card)
    for _ in range(3):
        with pytest.raises(SigningFailed, match=message):
            sealed_by(settings_of(folder, "rsa"), plain)
    assert card.tries == tries


def test_a_wrong_pin_is_said(folder: Path, plain: bytes) -> None:
    with pytest.raises(SigningFailed, match="a refusé le code de SEAL_PKCS11_PIN") as caught:
        sealed_by(settings_of(folder, "rsa", pin="0000-0000"), plain)
    assert "0000-0000" not in str(caught.value)
    assert sealed_by(settings_of(folder, "rsa"), plain)


def test_a_driver_that_is_none_is_said(folder: Path, plain: bytes) -> None:
    settings = settings_of(folder, "rsa")
    assert settings.token
    bad = replace(settings, token=replace(settings.token, module=folder / "rsa.pem"))
    with pytest.raises(SigningFailed, match=r"SEAL_PKCS11_MODULE.* ne se charge pas"):
        sealed_by(bad, plain)


@pytest.mark.parametrize("content", [b"", b"pas un certificat"])
def test_certificates_that_cannot_be_read_are_said(
    content: bytes, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "certificats.pem"
    file.write_bytes(content)
    with pytest.raises(SigningFailed, match="SEAL_CERTIFICATES n’est pas une suite"):
        load_signer(replace(settings_of(folder, "rsa"), certificates=file))


def test_the_pin_is_never_shown(folder: Path) -> None:
    assert PIN not in repr(settings_of(folder, "rsa"))


# What the operations page says


def commands_of(title: str) -> str:
    """The commands under a title of the operations page."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def test_the_commands_of_the_operations_page_end_with_a_seal(tmp_path: Path) -> None:
    """As they stand, with nothing of ours in the environment; the trial says the certificate."""
    script = commands_of("Clé de scellement dans un jeton")
    clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "DEMO": "1", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=clean | {"CLAUSIER_HOME": str(tmp_path / "home"), "DOSSIER": str(tmp_path)},
        cwd=product.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    name, origin, _, level = done.stdout.splitlines()[-1].split("\t")
    assert (name, origin, level) == ("Cachet d’essai", "certificat des réglages", "PAdES B-B")


def test_the_trial_says_what_to_correct(folder: Path, settings: Any) -> None:
    settings.SEAL_PKCS11_MODULE, settings.SEAL_PKCS11_TOKEN = MODULE, TOKEN
    settings.SEAL_PKCS11_KEY, settings.SEAL_PKCS11_PIN = "absente", PIN
    settings.SEAL_CERTIFICATES = folder / "rsa.pem"
    with pytest.raises(CommandError, match="corrigez SEAL_PKCS11_KEY"):
        call_command("check_seal", stdout=StringIO())
    settings.SEAL_PKCS11_KEY = "rsa"
    said = StringIO()
    call_command("check_seal", stdout=said)
    assert said.getvalue().startswith("Cachet du jeton\tcertificat des réglages\t")


def test_the_trial_tries_the_folder_of_the_local_keys(tmp_path: Path, settings: Any) -> None:
    """Made when it is missing; said when it cannot be, unless the key is somewhere else."""
    settings.CLAUSIER_HOME = tmp_path / "neuf"
    call_command("check_seal", stdout=StringIO())
    made = tmp_path / "neuf" / "seal"
    assert made.is_dir() and not list(made.iterdir())

    in_the_way = tmp_path / "fichier"
    in_the_way.write_text("")
    for home in (in_the_way, Path("/proc/clausier")):
        settings.CLAUSIER_HOME = home
        with pytest.raises(CommandError, match=f"Le dossier {home}/seal ne peut pas être"):
            call_command("check_seal", stdout=StringIO())

    settings.CLAUSIER_HOME = tmp_path
    (tmp_path / "seal").write_text("")
    with pytest.raises(CommandError, match="donnez CLAUSIER_HOME à l’utilisateur"):
        call_command("check_seal", stdout=StringIO())


def test_the_trial_of_another_key_leaves_the_folder_alone(
    folder: Path, tmp_path: Path, settings: Any
) -> None:
    settings.CLAUSIER_HOME = tmp_path / "absent"
    settings.SEAL_PKCS11_MODULE, settings.SEAL_PKCS11_TOKEN = MODULE, TOKEN
    settings.SEAL_PKCS11_KEY, settings.SEAL_PKCS11_PIN = "rsa", PIN
    settings.SEAL_CERTIFICATES = folder / "rsa.pem"
    call_command("check_seal", stdout=StringIO())
    assert not settings.CLAUSIER_HOME.exists()
