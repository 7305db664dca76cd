"""What ``source:`` may say of a database: its URL, in which a password is never written out.

``postgresql://reader:env:SHOP_PASSWORD@db.example.com/shop`` names the environment variable that
holds the password, ``env:SHOP_URL`` the one that holds the whole URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

EXCEL = (".xlsx", ".xlsm")
SQLITE = (".sqlite", ".sqlite3", ".db")

_URL = re.compile(
    r"(?P<engine>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^\s/@:?#]*)(?::(?P<password>[^\s/@?#]*))?@)?"
    r"(?P<place>(?:\[[0-9A-Fa-f:.]+\]|[^\s/@:?#\[\]]*)(?::\d+)?(?:/[^\s@?#]*)?)"
    r"(?:\?(?P<options>[^\s#]*))?"
)
_VARIABLE = re.compile(r"env:([A-Za-z_]\w*)")
_SECRET_OPTION = re.compile(r"(?i)pass|pwd|secret|token|key=")


@dataclass(frozen=True)
class Address:
    """A database's URL in its parts; `shown` is all of it that a message may show."""

    engine: str
    user: str | None
    password: str | None
    place: str
    """Host, port and database."""
    options: str | None

    @property
    def shown(self) -> str:
        """The URL without its password and options."""
        return f"{self.engine}://{f'{self.user}@' if self.user else ''}{self.place}"

    @property
    def without_password(self) -> str:
        """The URL for a driver that is told the password apart."""
        return self.shown + (f"?{self.options}" if self.options else "")

    def whole(self, password: str | None) -> str:
        """Return the URL with a password, for a driver that takes it in no other way."""
        if password is None:
            return self.without_password
        return self.without_password.replace("@", f":{quote(password, safe='')}@", 1)


def is_database(source: str) -> bool:
    """Say whether a source is a database, so that one of its tables has to be named."""
    return "://" in source or source.startswith("env:") or source.lower().endswith(SQLITE)


def variable(text: str) -> str | None:
    """Return the environment variable that ``env:NAME`` names; None where the text is anything else."""
    found = _VARIABLE.fullmatch(text)
    return found[1] if found else None


def parse(url: str) -> Address | None:
    """Take a URL apart; None where it is none, so that nothing of it can be shown by mistake."""
    found = _URL.fullmatch(url)
    return Address(**found.groupdict()) if found else None


def password_in(address: Address) -> str | None:
    """Return the password that is written out in a URL."""
    return None if address.password is None else unquote(address.password)


def known_source(source: str) -> str:
    """Return a source that may stand in a params file.

    Raises
    ------
    ValueError
        A password is written out in it, or it is no URL; the message shows nothing of it.
    """
    if source.startswith("env:") and variable(source) is None:
        raise ValueError("env: is followed by the name of an environment variable, as env:SHOP_URL")
    if "://" not in source:
        return source
    address = parse(source)
    if address is None:
        raise ValueError(
            "is no database's URL. Write postgresql://USER:env:NAME@HOST/DATABASE, where NAME is the "
            "environment variable that holds the password, or env:NAME for the whole URL"
        )
    if address.password is not None and variable(address.password) is None:
        raise ValueError(
            "a password is written out in the URL. Put it into an environment variable, and env:NAME "
            "in its place"
        )
    if address.options and _SECRET_OPTION.search(address.options):
        raise ValueError(
            "an option of the URL holds a secret. Put the whole URL into an environment variable, and "
            "write env:NAME"
        )
    return source
