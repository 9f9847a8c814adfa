"""What an identity provider may say wrongly: nobody comes in, and the page says what happened."""

import base64
import datetime as dt
import hashlib
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client

from uniha_clausier.accounts.models import User

from .forging_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    OTHER_RSA_KEY,
    PUBLIC_PEM,
    WEAK_KEY,
    ForgingProvider,
    as_json,
    encode_by_hand,
    hs256,
    jwk,
)
from .openid_trips import (
    START,
    check_nobody_came_in,
    come_back,
    is_signed_in,
    leave,
    sign_in,
    words,
)
from .openid_trips import (
    provider as provider_of,
)

UNPROVED = "n’a pas pu être vérifiée"

Forge = Callable[[ForgingProvider], None]


def change(**claims: Any) -> Forge:
    return lambda forger: forger.change.update(claims)


def ago(seconds: int) -> int:
    return int(time.time()) - seconds


def signed(sign: Callable[[dict[str, Any]], str]) -> Forge:
    return lambda forger: setattr(forger, "sign", sign)


def other_key(forger: ForgingProvider) -> None:
    forger.key = OTHER_RSA_KEY


def weak_key(forger: ForgingProvider) -> None:
    forger.keys = [jwk(WEAK_KEY, "one")]

    def sign(claims: dict[str, Any]) -> str:
        """By hand: the library refuses to sign with it."""
        unsigned = encode_by_hand({"alg": "RS256", "kid": "one"}, claims)[:-1]
        mark = WEAK_KEY.sign(unsigned.encode(), PKCS1v15(), SHA256())
        return f"{unsigned}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"

    forger.sign = sign


def own_key(forger: ForgingProvider) -> None:
    """The token brings the key with which to check it."""
    forger.key = OTHER_RSA_KEY
    forger.header = {"kid": "one", "jwk": jwk(OTHER_RSA_KEY, "one")}


def far_key(forger: ForgingProvider) -> None:
    forger.key = OTHER_RSA_KEY
    forger.header = {"kid": "evil", "jku": f"{forger.issuer}/evil"}


def header(**values: Any) -> Forge:
    return lambda forger: forger.header.update(values)


def token(**values: Any) -> Forge:
    def forge(forger: ForgingProvider) -> None:
        well = forger.tokens
        changed = lambda: {k: v for k, v in (well() | values).items() if v is not None}  # noqa: E731
        forger.tokens = changed  # type: ignore[method-assign]

    return forge


LIES: dict[str, tuple[str, Forge]] = {
    "another nonce": ("nonce", change(nonce="celui d’un autre")),
    "no nonce": ("nonce", change(nonce=None)),
    "another audience": ("InvalidAudienceError", change(aud="un autre client")),
    "one audience too many": ("aud", change(aud=[CLIENT_ID, "autre"])),
    "another authorized party": ("aud", change(azp="un autre client")),
    "no audience": ("MissingRequiredClaimError", change(aud=None)),
    "another issuer": ("InvalidIssuerError", change(iss="https://ailleurs.example")),
    "an issuer with a slash": (
        "InvalidIssuerError",
        lambda forger: forger.change.update(iss=f"{forger.issuer}/"),
    ),
    "expired": ("ExpiredSignatureError", change(exp=ago(60))),
    "no end": ("MissingRequiredClaimError", change(exp=None)),
    "made tomorrow": ("ImmatureSignatureError", change(iat=ago(-3600))),
    "made long ago": ("iat", change(iat=ago(3600))),
    "nobody": ("MissingRequiredClaimError", change(sub=None)),
    "an empty subject": ("sub", change(sub="")),
    "unsigned": ("alg", signed(lambda claims: encode_by_hand({"alg": "none"}, claims))),
    "unsigned, spelt otherwise": (
        "alg",
        signed(lambda claims: encode_by_hand({"alg": "NonE", "kid": "one"}, claims)),
    ),
    "signed by the secret of the client": (
        "alg",
        signed(lambda claims: hs256(claims, CLIENT_SECRET.encode())),
    ),
    "signed by the public key": ("alg", signed(lambda claims: hs256(claims, PUBLIC_PEM))),
    "no signature": (
        "InvalidSignatureError",
        signed(lambda claims: encode_by_hand({"alg": "RS256", "kid": "one"}, claims)),
    ),
    "another key of the same number": ("InvalidSignatureError", other_key),
    "a key in the token": ("InvalidSignatureError", own_key),
    "a key elsewhere": ("kid", far_key),
    "a key too short": ("weak_key", weak_key),
    "a number of nothing": ("kid", header(kid="inconnu")),
    "a critical header": ("InvalidTokenError", header(crit=["exp"], exp=1)),
    "an access token": ("typ", header(typ="at+jwt")),
    "another access token": ("at_hash", change(at_hash="LDktKdoQak3Pk0cnXxCltA")),
    "no token at all": ("no_id_token", token(id_token=None)),
    "not a token": ("DecodeError", token(id_token="rien")),
    "another kind of access token": ("token_type", token(token_type="mac")),
    "userinfo of somebody else": ("userinfo_sub", lambda forger: forger.told.update(sub="autre")),
    "userinfo of another kind": (
        "userinfo_not_json",
        lambda forger: setattr(forger, "sign_told", lambda told: "en.trois.parties"),
    ),
    "userinfo of nobody": ("userinfo_sub", lambda forger: forger.told.pop("sub") and None),
}


class TestLies:
    @pytest.mark.parametrize("lie", LIES)
    def test_nobody_comes_in(
        self,
        client: Client,
        forger: Any,
        linked: User,
        caplog: pytest.LogCaptureFixture,
        lie: str,
    ) -> None:
        reason, forge = LIES[lie]
        people = User.objects.count()
        asked = leave(client, forger)
        forge(forger)
        response = come_back(client, asked)
        check_nobody_came_in(client, response, reason, caplog)
        assert UNPROVED in words(response)
        assert User.objects.count() == people

    def test_the_right_half_hash_of_the_access_token_is_believed(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        digest = hashlib.sha256(forger.access_token.encode()).digest()[:16]
        forger.change["at_hash"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        sign_in(client, forger)
        assert is_signed_in(client)

    def test_another_state(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = leave(client, forger)
        response = come_back(client, asked, state="celui d’un autre")
        check_nobody_came_in(client, response, "no_trip", caplog)
        assert "n’a pas commencé dans ce navigateur" in words(response)
        assert forger.count("/token") == 0

    def test_the_state_of_another_browser(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = leave(Client(), forger)
        leave(client, forger)
        check_nobody_came_in(client, come_back(client, asked), "no_trip", caplog)

    def test_an_answer_replayed(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = leave(client, forger)
        come_back(client, asked)
        client.post("/deconnexion/")
        replayed = come_back(client, asked)
        assert (replayed.status_code, is_signed_in(client)) == (400, False)
        assert "reason=no_trip" in caplog.text
        assert forger.count("/token") == 1

    def test_an_answer_that_failed_is_not_tried_again(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        asked = leave(client, forger)
        forger.change = {"nonce": "faux"}
        come_back(client, asked)
        forger.change = {}
        assert come_back(client, asked).status_code == 400
        assert not is_signed_in(client)

    def test_an_answer_of_the_day_before(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = leave(client, forger)
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)):
            response = come_back(client, asked)
        check_nobody_came_in(client, response, "too_late", caplog)

    @pytest.mark.parametrize("code", ["", "c" * 5_000])
    def test_an_answer_without_a_code_that_can_be_one(
        self,
        client: Client,
        forger: Any,
        linked: User,
        caplog: pytest.LogCaptureFixture,
        code: str,
    ) -> None:
        check_nobody_came_in(client, sign_in(client, forger, code=code), "no_code", caplog)
        assert forger.count("/token") == 0

    def test_a_token_that_does_not_say_which_of_two_keys(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = leave(client, forger)
        forger.keys = [*forger.keys, jwk(OTHER_RSA_KEY, "two")]
        forger.header = {}
        forger.sign = lambda claims: jwt.encode(claims, forger.key, algorithm="RS256")
        check_nobody_came_in(client, come_back(client, asked), "which_key", caplog)

    def test_a_provider_whose_keys_are_no_list(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        asked = leave(client, forger)
        forger.keys = None
        response = come_back(client, asked)
        assert response.status_code >= 400 and not is_signed_in(client)

    def test_a_provider_that_tells_nothing_more_lets_its_person_in(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        del forger.metadata["userinfo_endpoint"]
        sign_in(client, forger)
        assert is_signed_in(client) and forger.count("/userinfo") == 0

    def test_the_answer_of_another_provider(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        """RFC 9207: the code never reaches the token endpoint of this one."""
        response = sign_in(client, forger, iss="https://ailleurs.example")
        check_nobody_came_in(client, response, "response_issuer", caplog)
        assert forger.count("/token") == 0

    def test_a_promised_issuer_must_be_sent(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        forger.metadata["authorization_response_iss_parameter_supported"] = True
        check_nobody_came_in(client, sign_in(client, forger), "response_issuer", caplog)
        sign_in(client, forger, iss=forger.issuer)
        assert is_signed_in(client)

    def test_the_return_of_one_provider_is_not_that_of_another(
        self, client: Client, forger: Any, linked: User, settings: Any
    ) -> None:
        other = provider_of(forger, id="autre")
        settings.OPENID_PROVIDERS = (*settings.OPENID_PROVIDERS, other)
        asked = leave(client, forger)
        response = client.get(
            "/connexion/fournisseur/autre/retour/", {"code": "c", "state": asked["state"]}
        )
        assert response.status_code == 400
        assert not is_signed_in(client)
        assert forger.count("/token") == 0

    @pytest.mark.parametrize(
        ("error", "reason", "sentence", "status"),
        [
            ("access_denied", "provider_access_denied", "n’a pas confirmé votre identité", 400),
            ("login_required", "provider_login_required", "n’a pas confirmé votre identité", 400),
            ("invalid_request", "provider_invalid_request", "un réglage est à revoir", 400),
            ("invalid_scope", "provider_invalid_scope", "un réglage est à revoir", 400),
            ("server_error", "provider_server_error", "ne répond pas comme prévu", 503),
            (
                "unmet_authentication_requirements",
                "provider_unmet_authentication_requirements",
                "par un moyen trop faible",
                403,
            ),
            ("un<mot>", "provider_error", "n’a pas confirmé votre identité", 400),
        ],
    )
    def test_a_refusal_of_the_provider(
        self,
        client: Client,
        forger: Any,
        linked: User,
        caplog: pytest.LogCaptureFixture,
        error: str,
        reason: str,
        sentence: str,
        status: int,
    ) -> None:
        response = sign_in(client, forger, error=error, error_description="<b>non</b>")
        check_nobody_came_in(client, response, reason, caplog, status)
        assert sentence in words(response)
        assert "<b>non</b>" not in response.content.decode()
        assert "un<mot>" not in caplog.text
        assert forger.count("/token") == 0

    def test_a_code_that_the_provider_refuses(
        self, client: Client, forger: Any, linked: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A tampered redirect_uri, or a missing verifier, comes back so."""
        forger.pages["/token"] = lambda: (400, "application/json", b'{"error":"invalid_grant"}')
        check_nobody_came_in(client, sign_in(client, forger), "status_400", caplog)


class TestSignedUserinfo:
    """As ProConnect gives it: application/jwt."""

    @pytest.fixture(autouse=True)
    def _signed(self, forger: Any, linked: User, configure: Any) -> None:
        configure(userinfo="signed")
        forger.told = {"sub": "sujet-1", "iss": forger.issuer, "aud": CLIENT_ID}
        forger.sign_told = forger.sign_well

    def test_it_is_believed(self, client: Client, forger: Any) -> None:
        sign_in(client, forger)
        assert is_signed_in(client)

    @pytest.mark.parametrize(
        ("kind", "accepted"), [("signed", "application/jwt"), ("json", "application/json")]
    )
    def test_the_kind_that_is_wanted_is_asked(
        self, client: Client, forger: Any, configure: Any, kind: str, accepted: str
    ) -> None:
        """Glewlwyd gives both, and chooses by this header alone."""
        configure(userinfo=kind)
        if kind == "json":
            forger.sign_told = None
        sign_in(client, forger)
        [headers] = [one[3] for one in forger.asked if one[1] == "/userinfo"]
        assert headers["Accept"] == accepted
        assert is_signed_in(client)

    @pytest.mark.parametrize(
        ("told", "reason"),
        [
            ({"sub": "autre"}, "userinfo_sub"),
            ({"aud": "autre"}, "InvalidAudienceError"),
            ({"iss": "https://ailleurs.example"}, "InvalidIssuerError"),
            ({"exp": 1}, "ExpiredSignatureError"),
        ],
    )
    def test_what_it_says_is_checked(
        self, client: Client, forger: Any, caplog: Any, told: dict[str, Any], reason: str
    ) -> None:
        forger.told |= told
        check_nobody_came_in(client, sign_in(client, forger), reason, caplog)

    def test_another_key(self, client: Client, forger: Any, caplog: Any) -> None:
        forger.sign_told = lambda claims: jwt.encode(
            claims, OTHER_RSA_KEY, "RS256", headers={"kid": "one"}
        )
        check_nobody_came_in(client, sign_in(client, forger), "InvalidSignatureError", caplog)

    def test_plain_json_is_not_taken_for_it(self, client: Client, forger: Any, caplog: Any) -> None:
        forger.sign_told = None
        check_nobody_came_in(client, sign_in(client, forger), "userinfo_not_signed", caplog)


def far(forger: ForgingProvider) -> Callable[[], tuple[int, str, bytes]]:
    return lambda: (302, "text/plain", b"http://127.0.0.1:1/ailleurs")


DISCOVERY = "/.well-known/openid-configuration"


class TestAway:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ((500, "application/json", b"{}"), "discovery_status_500"),
            ((302, "text/plain", b"http://127.0.0.1:1/ailleurs"), "discovery_status_302"),
            ((200, "text/html", b"{}"), "discovery_not_json"),
            ((200, "application/json", b"pas du json"), "discovery_not_json"),
            ((200, "application/json", b"[" * 100_000), "discovery_not_json"),
            ((200, "application/json", b"[]"), "discovery_not_an_object"),
            ((200, "application/json", b" " * 300_000), "discovery_too_large"),
            (as_json({"issuer": "https://ailleurs.example"}), "discovery_issuer"),
        ],
    )
    def test_a_provider_that_answers_badly(
        self,
        client: Client,
        forger: Any,
        configure: Any,
        caplog: Any,
        answer: tuple[int, str, bytes],
        reason: str,
    ) -> None:
        forger.pages[DISCOVERY] = lambda: answer
        response = client.post(START)
        check_nobody_came_in(client, response, reason, caplog, 503)
        assert "ne répond pas comme prévu" in words(response)

    def test_a_provider_that_is_stopped(
        self, client: Client, forger: Any, settings: Any, caplog: Any
    ) -> None:
        settings.OPENID_PROVIDERS = (provider_of(forger, issuer="http://127.0.0.1:9"),)
        check_nobody_came_in(client, client.post(START), "discovery_ConnectionError", caplog, 503)

    @pytest.mark.parametrize(
        "endpoint",
        ["http://ailleurs.example/", "javascript:alert(1)", "file:///etc/passwd", None, 5],
    )
    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
    def test_an_endpoint_that_is_none(
        self, client: Client, forger: Any, configure: Any, caplog: Any, name: str, endpoint: Any
    ) -> None:
        forger.metadata[name] = endpoint
        check_nobody_came_in(client, client.post(START), "discovery_endpoints", caplog, 503)

    def test_outside_the_demonstration_plain_http_is_refused(
        self, client: Client, forger: Any, configure: Any, settings: Any, caplog: Any
    ) -> None:
        settings.DEMO = False
        response = client.post(START)
        check_nobody_came_in(client, response, "discovery_unsafe_address", caplog, 503)
        assert forger.asked == []

    def test_the_userinfo_is_down(
        self, client: Client, forger: Any, linked: User, caplog: Any
    ) -> None:
        forger.pages["/userinfo"] = lambda: (500, "text/plain", b"")
        check_nobody_came_in(client, sign_in(client, forger), "userinfo_status_500", caplog, 503)

    def test_departures_are_limited(self, client: Client, configure: Any) -> None:
        answers = [client.post(START).status_code for _ in range(31)]
        assert answers == [200] * 30 + [429]

    def test_five_departures_wait_at_most(self, client: Client, forger: Any, linked: User) -> None:
        asked = [leave(client, forger) for _ in range(6)]
        assert len(client.session["openid_trips"]) == 5
        assert come_back(client, asked[0]).status_code == 400
        assert come_back(client, asked[5])["Location"] == "/"
