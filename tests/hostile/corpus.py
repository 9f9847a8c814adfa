"""What nobody types, and what a program at odds with us sends."""

NUL = "avant\0après"
BAD_TEXTS = (
    NUL,
    "\x01\x0b\x1f\x7f",
    "\ufffe\uffff",
    "\u202egnp.exe",
    "²",  # isdigit() says yes, int() says no
    "١٢",
    "99999999999999999999",
    "-1",
    "1e999",
    "NaN",
    "[]",
    "{}",
    "%00%ff",
    "../../etc/passwd",
    "a\r\nSet-Cookie: a=b",
    "0" * 5_000,
)
"""Values of a field, of a query or of a part of an address."""

HUGE_NUMBERS = (2**31, 2**63 - 1, 2**63, 10**20, 10**400)
"""Identifiers past what a column holds: 32 bits, 64 bits, and what no column holds."""
