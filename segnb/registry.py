"""Registries: a decorator on a plain function adds a basis, a method, a KPI or an export.

The file only has to lie in the registry's folder: it is found there at first use, so nothing
else is touched. The docstring's first line is what ``segnb list`` shows, and the function's
keyword-only arguments are its options.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from segnb.errors import ParameterError, nearest


@dataclass(frozen=True)
class Entry:
    """A registered function: its name, what it does in one line, and its options."""

    name: str
    function: Callable[..., Any]

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def options(self) -> dict[str, inspect.Parameter]:
        """The keyword-only arguments, by name."""
        parameters = inspect.signature(self.function).parameters.values()
        return {each.name: each for each in parameters if each.kind is each.KEYWORD_ONLY}

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function."""
        return self.function(*args, **options)


E = TypeVar("E", bound=Entry)


class UnknownName(ParameterError, KeyError):
    """A name that the registry does not hold (a KeyError too, as ``in`` and ``get`` expect)."""

    __str__ = Exception.__str__


class Registry(Mapping[str, E], Generic[E]):
    """The functions of one kind, found in the modules of one folder.

    Parameters
    ----------
    noun
        What an entry is called in messages: ``"basis"``.
    entry
        The class that holds a registered function and the facts given to the decorator.
    package
        The import path of the folder whose modules hold the functions.
    """

    def __init__(self, noun: str, entry: type[E], package: str) -> None:
        self.noun, self.entry, self.package = noun, entry, package
        self._entries: dict[str, E] = {}

    def register(self, name: str, **facts: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a function: ``@basis("rfm", needs=("transactions",))``."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            if not inspect.getdoc(function):
                raise TypeError(f"{self.noun} {name!r} needs a docstring: its first line is shown to users")
            known = self._entries.get(name)
            if known is not None and known.function.__module__ != function.__module__:
                files = f"{known.function.__module__} and {function.__module__}"
                raise TypeError(f"{self.noun} {name!r} stands in two files: {files}")
            self._entries[name] = self.entry(name=name, function=function, **facts)
            return function

        return add

    def _import(self, only: str | None = None) -> None:
        """Import every module of the folder, or the one; those imported before cost nothing."""
        folder = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(folder.__path__):
            if only in (None, module.name):
                importlib.import_module(f"{self.package}.{module.name}")

    def __getitem__(self, name: str) -> E:
        if name not in self._entries:
            self._import(only=name)  # most files bear the name of what they hold
        if name not in self._entries:
            self._import()
        if name not in self._entries:
            raise UnknownName(f"There is no {self.noun} {name!r}. {nearest(name, sorted(self._entries))}")
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._import()
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        self._import()
        return len(self._entries)
