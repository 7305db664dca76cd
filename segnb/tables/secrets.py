"""Secrets: what ``env:NAME`` stands for is looked up here, and hidden wherever text is written.

A secret is needed where the data are fetched and nowhere else: notebooks' kernels never get one.
Should it turn up in a message or in an output all the same, it is taken out, in whatever form.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from urllib.parse import quote, quote_plus, unquote, urlsplit

from segnb.errors import ParameterError

HIDDEN = "(hidden)"
SHORTEST = 6
"""Characters of a secret that can be told from ordinary text."""

_PASSWORD = re.compile(r"(?i)(?:password|passwd|pwd|secret|token)=([^\s&;]+)")
_known: set[str] = set()

logger = logging.getLogger(__name__)


def reveal(name: str) -> str:
    """Return the value of an environment variable that the data refer to; from now on it is hidden.

    Raises
    ------
    ParameterError
        There is no such variable, or it is empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise ParameterError(
            f"env:{name}: the environment variable {name} is not set. Set it where segnb runs"
        )
    for secret in _secrets(value):
        if len(secret) >= SHORTEST:
            _known.add(secret)
        else:
            logger.warning(
                "env:%s holds a secret of fewer than %s characters, which cannot be told from ordinary text: "
                "it is not searched for in what is written. Use a longer one",
                name,
                SHORTEST,
            )
    return value


def hide(text: str) -> str:
    """Return a text without any secret that was looked up, plain, escaped or encoded."""
    for form in _forms(frozenset(_known)):
        text = text.replace(form, HIDDEN)
    return text


def holds_secret(data: bytes) -> bool:
    """Say whether a file's bytes hold a secret that was looked up, plain, escaped or encoded."""
    return any(form.encode("utf-8", "surrogateescape") in data for form in _forms(frozenset(_known)))


def any_known() -> bool:
    """Say whether any secret was looked up."""
    return bool(_known)


def _secrets(value: str) -> set[str]:
    """Return a value, and the passwords in it where it is a database's address."""
    found = {value, *_PASSWORD.findall(value)}
    with suppress(ValueError):
        found.add(urlsplit(value).password or value)
    return found | {unquote(each) for each in found}


@cache
def _forms(secrets: frozenset[str]) -> tuple[str, ...]:
    """Return all forms of secrets, the longest first: one may stand within another."""
    found = {form for secret in secrets for form in (*_escaped(secret), *_encoded(secret))}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _escaped(secret: str) -> Iterator[str]:
    yield secret
    yield repr(secret)[1:-1]
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    for ascii_only in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
    for quoted in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield quoted
        yield re.sub("%..", lambda match: match[0].lower(), quoted)


def _encoded(secret: str) -> Iterator[str]:
    data = secret.encode("utf-8", "surrogateescape")
    yield data.hex()
    yield data.hex().upper()
    for before in range(3):
        # Of a text encoded with what stands around it, only these characters are the secret's own.
        own = slice(-(-before * 8 // 6), (before + len(data)) * 8 // 6)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + data + b"\0\0").decode("ascii")[own]
