"""The headers of every answer that is not a static file: nothing of it stays, nothing is lent."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from . import logs

UNUSED = (
    "accelerometer",
    "autoplay",
    "bluetooth",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
"""What a browser may lend to a page, and that no page of the product asks for."""

CLOSED = {
    "Cache-Control": "private, no-store",  # ward PCs are shared: « back » after signing out
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
}

SITE_ALONE = "strict-origin"
"""What a page whose address is a secret says of it to the next one, on this site too: a proxy may
write it in its log. Saying nothing would be refused by the check of the forms (``Origin: null``)."""


class ClosedHeadersMiddleware:
    """Adds the headers of ``CLOSED``; a view that sets one keeps its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in CLOSED.items():
            response.headers.setdefault(name, value)
        if logs.bears_secret(request.get_full_path()):
            response.headers.setdefault("Referrer-Policy", SITE_ALONE)
        return response
