"""The parameters that all notebooks share: one strict, immutable model, told to editors and checks.

Each notebook's own parameters are declared in the notebook (`knobs`), not here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from babel import localedata
from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from segnb.errors import nearest
from segnb.runs.days import RELATIVE_DAYS
from segnb.runs.project import SLUG
from segnb.tables.declare import Data
from segnb.words import catalogue

_DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
_RUN_WORDS = {"latest", "draft"}
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|\d{3}))?")


def _is_slug(name: str) -> str:
    if not SLUG.fullmatch(name) or name.endswith("."):
        raise ValueError(
            "expected 1 to 64 letters without accents, digits, underscores, hyphens and dots, "
            "the last two not at the start and no dot at the end"
        )
    if name.partition(".")[0].lower() in _DEVICES:
        raise ValueError(f"{name!r} is the name of a device on Windows. Choose another name")
    if name.lower() in _RUN_WORDS:
        raise ValueError(f"{name!r} is a word for a run of any report. Choose another name")
    return name


def _iso_day(value: Any) -> Any:
    """Turn an ISO date into a day; pydantic by itself would take the text of a time stamp, too."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        if _ISO_DAY.fullmatch(value):
            return date.fromisoformat(value)
    raise ValueError(f"expected a date such as 2017-12-31, got {value[:40]!r}")


def _in_order(span: tuple[date, date]) -> tuple[date, date]:
    if span[0] > span[1]:
        raise ValueError(f"the first day, {span[0]}, comes after the last, {span[1]}")
    return span


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError(
            f"{code[:10]!r} is not a currency code of ISO 4217. Write three capital letters, as USD"
        )
    return code


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue of sentences."""
    names = (each.name for each in files("segnb.words").iterdir() if each.name.endswith(".yaml"))
    return tuple(sorted({name.partition(".")[0] for name in names}))


def _known_locale(name: str) -> str:
    if not _LOCALE.fullmatch(name) or not localedata.exists(name):
        raise ValueError(f"{name[:40]!r} is not a known locale. Write language and country, as en_US")
    language = name.partition("_")[0]
    if not catalogue(language):
        raise ValueError(
            f"there is no catalogue for the language {language!r}. {nearest(language, languages())}"
        )
    return name


_DAY_SCHEMA = {"type": "string", "format": "date", "pattern": f"^{_ISO_DAY.pattern}$"}
Day = Annotated[date, BeforeValidator(_iso_day), WithJsonSchema(_DAY_SCHEMA)]
Span = Annotated[tuple[Day, Day], AfterValidator(_in_order)]
_SLUG_SCHEMA = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
_AS_OF_SCHEMA = {"anyOf": [_DAY_SCHEMA, {"enum": [*RELATIVE_DAYS, None]}]}


class Block(BaseModel):
    """Base of all blocks: strict types, no key that is not known, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Window(Block):
    """The spans of days (first and last) that form the segments, and that measure them later."""

    form: Span = Field(description="First and last day of the orders that form the segments.")
    measure: Span = Field(
        description="First and last day of the later orders by which the segments are judged."
    )

    @field_validator("measure")
    @classmethod
    def _later(cls, measure: tuple[date, date], info: ValidationInfo) -> tuple[date, date]:
        form = info.data.get("form")
        if form is not None and measure[0] <= form[1]:
            raise ValueError(
                f"measuring starts on {measure[0]}, but the segments form until {form[1]}. "
                "Let it start a day later at least: segments judged on what formed them always look good"
            )
        return measure


class Timeouts(Block):
    """How long the notebooks may take; null sets no limit."""

    cell: int | None = Field(
        default=1_800, ge=1, description="Seconds that one cell may take; null for no limit."
    )
    run: int | None = Field(
        default=14_400, ge=1, description="Seconds that all notebooks together may take; null for no limit."
    )


class Report(Block):
    """What is written, and how segments are called in it."""

    formats: tuple[Literal["html", "pdf"], ...] = Field(
        default=("html", "pdf"), min_length=1, description="The files to write: html, pdf or both."
    )
    names: dict[str, Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        default={}, description="Names to show for segments, by the name or key that segnb gave them."
    )


BLOCKS = ("data", "basis_options", "report", "timeouts")
"""Fields that may be empty in a file, as where all their lines are commented out."""


class Parameters(Block):
    """The parameters that all notebooks share."""

    # A check may look only at fields that stand above its own: what it needs comes first.
    name: Annotated[str, AfterValidator(_is_slug), WithJsonSchema(_SLUG_SCHEMA)] = Field(
        description="Name of the report: its folder under reports/."
    )
    title: str = Field(default="", max_length=200, description="Title of the report; left out, its name.")
    data: Data = Field(description="The company's tables.")
    as_of: Annotated[Day | None, WithJsonSchema(_AS_OF_SCHEMA)] = Field(
        default=None,
        validate_default=True,
        description="The day that the report is written for, as 2017-12-31, or one of: "
        f"{', '.join(RELATIVE_DAYS)}. Nothing later is used. A must where a table has times.",
    )
    window: Window | None = Field(
        default=None,
        description="The days that form the segments and the later days that judge them. Left out, the "
        "later part of the history measures, six months at most, and up to a year before it forms.",
    )
    seed: int = Field(
        default=0, ge=0, le=2**32 - 1, description="Seed of all random draws: same seed, same report."
    )
    currency: Annotated[str, AfterValidator(_known_currency)] | None = Field(
        default=None,
        description="Currency of all amounts (ISO 4217), as USD; left out, amounts bear no sign.",
        json_schema_extra={"pattern": "^[A-Z]{3}$"},
    )
    locale: Annotated[str, AfterValidator(_known_locale)] = Field(
        default="en_US",
        description="Language and country that words, numbers and dates follow, as en_US.",
        json_schema_extra={"pattern": f"^{_LOCALE.pattern}$"},
    )
    basis: str = Field(
        default="rfm", description="What the segments are formed on; `segnb list bases` shows all."
    )
    basis_options: dict[str, JsonValue] = Field(default={}, description="Options of the basis, by name.")
    min_cell: int = Field(
        default=10, ge=3, description="Smallest number of customers that any figure shown may rest on."
    )
    strict: bool = Field(
        default=False, description="Whether doubtful statistics refuse the result, not only mark it."
    )
    playbook: str = Field(
        default="playbook.yaml",
        description="File with the advice by conditions, relative to the params file.",
    )
    report: Report = Field(
        default=Report(), description="What is written, and how segments are called in it."
    )
    timeouts: Timeouts = Field(default=Timeouts(), description="How long the notebooks may take.")

    @field_validator("as_of")
    @classmethod
    def _known_where_times_are(cls, as_of: date | None, info: ValidationInfo) -> date | None:
        data = info.data.get("data")
        if as_of is None and data is not None and data.needs_as_of():
            raise ValueError(
                "a table has times, so the day that the report is written for is a must. "
                "Write it as in as_of: 2017-12-31"
            )
        return as_of

    @field_validator("window")
    @classmethod
    def _not_after_as_of(cls, window: Window | None, info: ValidationInfo) -> Window | None:
        if window is None or "as_of" not in info.data:
            return window
        as_of = info.data["as_of"]
        if as_of is None:
            raise ValueError("a window needs as_of")
        if window.measure[1] > as_of:
            raise ValueError(
                f"measuring ends on {window.measure[1]}, after as_of {as_of}. Nothing after as_of is used"
            )
        return window
