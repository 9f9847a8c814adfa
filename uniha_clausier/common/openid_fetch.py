"""What is asked of an identity provider: short answers, in time, from the address that was named."""

import json
import time
from typing import Any

import requests

from .openid_providers import is_safe

SECONDS_TO_CONNECT = 3.0
SECONDS_BETWEEN_BYTES = 5.0
SECONDS_IN_ALL = 10.0
MOST_BYTES = 256 * 1024
PIECE = 8192


class FetchFailed(Exception):
    """The provider did not answer as it must; the message is for the log, and holds no secret."""


def fetch(
    method: str,
    url: str,
    *,
    allow_http: bool,
    data: dict[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    bearer: str = "",
    accept: str = "application/json",
) -> tuple[int, str, bytes]:
    """Return the status, the media type and the body of what ``url`` answers.

    No redirection is followed. Raises FetchFailed.
    """
    if not is_safe(url, allow_http=allow_http):
        raise FetchFailed("unsafe_address")
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    try:
        with requests.request(
            method,
            url,
            data=data,
            # A function that adds nothing keeps requests from looking for a .netrc.
            auth=basic or _as_it_is,
            headers=headers,
            timeout=(SECONDS_TO_CONNECT, SECONDS_BETWEEN_BYTES),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _body(response)
    except requests.RequestException as error:
        raise FetchFailed(type(error).__name__) from None
    media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return response.status_code, media, body


def fetch_object(method: str, url: str, **options: Any) -> dict[str, Any]:
    """Return the JSON object that ``url`` answers with a status 200. Raises FetchFailed."""
    status, media, body = fetch(method, url, **options)
    if status != 200:
        raise FetchFailed(f"status_{status}")
    if media != "application/json" and not media.endswith("+json"):
        raise FetchFailed("not_json")
    return as_object(body)


def as_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises FetchFailed."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise FetchFailed("not_json") from None
    if not isinstance(content, dict):
        raise FetchFailed("not_an_object")
    return content


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared


def _body(response: requests.Response) -> bytes:
    """Read a body that has a size and an end, however slowly it comes."""
    deadline = time.monotonic() + SECONDS_IN_ALL
    pieces, size = [], 0
    for piece in response.iter_content(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise FetchFailed("too_large")
        if time.monotonic() > deadline:
            raise FetchFailed("too_slow")
    return b"".join(pieces)
