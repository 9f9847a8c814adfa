"""The way to the mail server: encrypted, verified, with a name and a password."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.core.mail import EmailMessage, get_connection

from uniha_clausier.common import mail
from uniha_clausier.common.mail_server import check_mail

from . import smtp
from .authority import Authority

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Start(Protocol):
    def __call__(self, tls: str, *, password: str = "") -> smtp.Server: ...


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this machine believes: what SSL_CERT_FILE names."""
    made = Authority(tmp_path / "autorite", "Autorité")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture
def start(authority: Authority, settings: Any) -> Iterator[Start]:
    """Start a server, and name it in the settings."""
    with ExitStack() as stack:

        def started(tls: str, *, password: str = "") -> smtp.Server:
            server = stack.enter_context(
                smtp.running(tls=tls, certificate=authority.issue("relais"), password=password)
            )
            settings.EMAIL_BACKEND = SMTP
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = tls == "starttls", tls == "ssl"
            settings.EMAIL_HOST_USER = "clausier" if password else ""
            settings.EMAIL_HOST_PASSWORD = password
            return server

        yield started


def message() -> EmailMessage:
    return EmailMessage("Invitation", "Votre lien", to=["a@hopital.example"])


def refuse(error: type[Exception]) -> None:
    """A message does not leave, and what sends it goes on."""
    sent, connection = message(), get_connection()
    sent.connection = connection
    with pytest.raises(error):
        sent.send()
    connection.close()
    assert not mail.send(sent, about="a test")
    connection.close()


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_nothing_but_the_greeting_is_said_in_clear(start: Start, tls: str) -> None:
    server = start(tls, password="ouvre-toi")
    assert mail.send(message(), about="a test")
    [kept] = server.messages
    assert "Subject: Invitation" in kept
    clear = {word for word, is_encrypted in server.commands if not is_encrypted}
    assert clear == ({"EHLO", "STARTTLS"} if tls == "starttls" else set())
    assert ("AUTH", True) in server.commands


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_a_certificate_of_another_authority_is_refused(
    start: Start, tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(tls, password="ouvre-toi")
    other = Authority(tmp_path / "autre", "Autre")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.file))
    refuse(ssl.SSLCertVerificationError)
    assert server.messages == []
    assert not {"AUTH", "MAIL"} & {word for word, _is_encrypted in server.commands}


def test_a_certificate_of_another_name_is_refused(start: Start, settings: Any) -> None:
    server = start("starttls")
    settings.EMAIL_HOST = "localhost"  # the same machine, not the name of its certificate
    refuse(ssl.SSLCertVerificationError)
    assert server.messages == []


def test_a_server_without_tls_gets_nothing(start: Start, settings: Any) -> None:
    server = start("", password="ouvre-toi")
    settings.EMAIL_USE_TLS = True
    refuse(smtplib.SMTPNotSupportedError)
    assert {word for word, _is_encrypted in server.commands} == {"EHLO", "QUIT"}


def test_a_wrong_password_is_an_outage_of_mail(start: Start, settings: Any) -> None:
    server = start("ssl", password="ouvre-toi")
    settings.EMAIL_HOST_PASSWORD = "autre"
    refuse(smtplib.SMTPAuthenticationError)
    assert server.messages == []


def test_a_relay_that_asks_for_nothing_still_works(start: Start) -> None:
    server = start("")
    assert mail.send(message(), about="a test")
    assert len(server.messages) == 1


def test_a_password_in_clear_is_warned_of(settings: Any) -> None:
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "ouvre-toi", False
    assert [one.id for one in check_mail()] == ["clausier.W003"]
    settings.EMAIL_USE_TLS = True
    assert check_mail() == []
