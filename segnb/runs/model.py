"""The parameters that all notebooks share: one strict, immutable model, told to editors and checks.

Each notebook's own parameters are declared in the notebook (`knobs`), not here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
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
    model_validator,
)

from segnb.errors import nearest
from segnb.runs.days import RELATIVE_DAYS
from segnb.runs.project import SLUG
from segnb.style import SEGMENTS_LIGHT, Colors
from segnb.tables.declare import Data
from segnb.words import Voice
from segnb.words.catalogue import catalogue, flat, languages
from segnb.worth.plan import Budget

AUTO = "auto"
"""In place of a basis's name: the better of those compared, or the first that the tables allow."""
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


def _known_locale(name: str, info: ValidationInfo) -> str:
    if not _LOCALE.fullmatch(name) or not localedata.exists(name):
        raise ValueError(f"{name[:40]!r} is not a known locale. Write language and country, as en_US")
    language = name.partition("_")[0]
    # Whether words of one's own are all that a language needs is for the check of the file to say.
    if not catalogue(language) and not info.data.get("words"):
        raise ValueError(
            f"there is no catalogue for the language {language!r}. {nearest(language, languages())}, "
            f"or translate what `segnb words {language}` writes, and name the file under words"
        )
    return name


def _hex(color: str) -> str:
    if not _COLOR.fullmatch(color):
        raise ValueError(f"expected a colour such as '#0b5686', in quotes, got {color[:20]!r}")
    return color.lower()


_DAY_SCHEMA = {"type": "string", "format": "date", "pattern": f"^{_ISO_DAY.pattern}$"}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
Color = Annotated[
    str, AfterValidator(_hex), WithJsonSchema({"type": "string", "pattern": f"^{_COLOR.pattern}$"})
]
Day = Annotated[date, BeforeValidator(_iso_day), WithJsonSchema(_DAY_SCHEMA)]
Span = Annotated[tuple[Day, Day], AfterValidator(_in_order)]
_SLUG_SCHEMA = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
_AS_OF_SCHEMA = {"anyOf": [_DAY_SCHEMA, {"enum": [*RELATIVE_DAYS, None]}]}


_WORDS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "object"}]}
Label = Annotated[str, Field(min_length=1, max_length=60)]


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


class Labels(Block):
    """What readers call columns and their values, where the names in the data are not for readers."""

    columns: dict[str, Label] = Field(
        default={}, description="Labels of declared columns, by the name that the report shows."
    )
    values: dict[str, dict[str, Label]] = Field(
        default={}, description="Labels of a column's values, by the column's name and the value."
    )

    def by_key(self) -> dict[str, str]:
        """Return the labels by the keys under which a voice finds them."""
        columns = {f"labels.columns.{name}": label for name, label in self.columns.items()}
        return columns | {
            f"labels.values.{name}.{value}": label
            for name, labels in self.values.items()
            for value, label in labels.items()
        }


class Palette(Block):
    """Colours by what they are for; what is left out is the house's."""

    paper: Color | None = Field(default=None, description="Ground of the report.")
    panel: Color | None = Field(default=None, description="Tinted ground of boxes.")
    ink: Color | None = Field(default=None, description="Text.")
    muted: Color | None = Field(default=None, description="Notes and labels.")
    rule: Color | None = Field(default=None, description="Lines between rows.")
    faint: Color | None = Field(default=None, description="Marks in the background.")
    link: Color | None = Field(default=None, description="Links.")
    accent: Color | None = Field(default=None, description="Rule above the report and beside the verdict.")
    segments: tuple[Color, ...] = Field(
        default=(), max_length=len(SEGMENTS_LIGHT), description="Segments, in their order."
    )

    @field_validator("segments")
    @classmethod
    def _apart(cls, segments: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(segments)) < len(segments):
            raise ValueError("two segments have the same colour")
        return segments

    def roles(self) -> dict[str, str]:
        """Return the colours that are given, those of segments as ``seg1`` and so on."""
        given = self.model_dump(exclude={"segments"}, exclude_none=True)
        return given | {f"seg{place}": color for place, color in enumerate(self.segments, start=1)}


class Colours(Block):
    """The colours of a brand, by day and in dark mode; each pair must have the contrast of WCAG AA."""

    light: Palette = Field(default=Palette(), description="Colours on paper and by day.")
    dark: Palette = Field(default=Palette(), description="Colours where the reader prefers dark.")

    @model_validator(mode="after")
    def _readable(self) -> Colours:
        if faults := list(Colors.with_(self.light.roles(), self.dark.roles()).faults()):
            raise ValueError(f"too little contrast. {'; '.join(faults)}")
        return self


class BrandFonts(Block):
    """A brand's fonts; signs that they lack come from the house's."""

    text: tuple[str, ...] = Field(
        default=(), description="Font files or folders for text, relative to the params file."
    )
    headings: tuple[str, ...] = Field(
        default=(), description="Font files or folders for headings, relative to the params file."
    )


class Brand(Block):
    """Whose report it is."""

    name: str = Field(default="", max_length=60, description="Name of the brand: what the logo says.")
    logo: str | None = Field(
        default=None, description="Logo, an SVG or PNG file relative to the params file; needs a name."
    )
    colours: Colours = Field(default=Colours(), description="Colours as #rrggbb.")
    fonts: BrandFonts = Field(default=BrandFonts(), description="Fonts for text and headings.")

    @field_validator("logo")
    @classmethod
    def _with_a_name(cls, logo: str | None, info: ValidationInfo) -> str | None:
        if logo is not None and not info.data.get("name", "").strip():
            raise ValueError("a logo needs a name beside it, which is said to those who cannot see it")
        return logo


class Report(Block):
    """What is written, how it looks, and how segments are called in it."""

    renderer: Literal["segnb", "quarto"] = Field(
        default="segnb", description="Who writes the report: segnb, or Quarto from a project in quarto/."
    )
    formats: tuple[Literal["html", "pdf"], ...] = Field(
        default=("html", "pdf"), min_length=1, description="The files to write: html, pdf or both."
    )
    names: dict[str, Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        default={}, description="Names to show for segments, by the name or key that segnb gave them."
    )
    fonts: tuple[str, ...] = Field(
        default=(),
        description="Font files or folders, relative to the params file, for signs that the report's own "
        "fonts lack, as those of another script. See to their licence: they become part of the report.",
    )
    brand: Brand | None = Field(default=None, description="Whose report it is: logo, colours and fonts.")
    labels: Labels = Field(default=Labels(), description="What readers call columns and their values.")


BLOCKS = ("data", "basis_options", "words", "report", "timeouts")
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
    words: Annotated[dict[str, JsonValue], WithJsonSchema(_WORDS_SCHEMA)] = Field(
        default={},
        description="A file (relative to the params file) with sentences in words of your own, by the keys "
        "that `segnb words` writes: some, or all of another language. Or the sentences themselves.",
    )
    locale: Annotated[str, AfterValidator(_known_locale)] = Field(
        default="en_US",
        description="Language and country that words, numbers and dates follow, as en_US.",
        json_schema_extra={"pattern": f"^{_LOCALE.pattern}$"},
    )
    basis: str = Field(
        default=AUTO,
        description="What the segments are formed on; `segnb list bases` shows all. Left out or `auto`, it "
        "is the best of `bases`, or the first that the tables allow: what customers do comes before who "
        "they are.",
    )
    bases: tuple[str, ...] | Literal["all", "auto"] = Field(
        default=(),
        description="Bases to compare on the same customers, by what they foretell; `all` (or `auto`) takes "
        "all that the tables allow.",
    )
    basis_options: dict[str, JsonValue] = Field(default={}, description="Options of the basis, by name.")
    min_cell: int = Field(
        default=10, ge=3, description="Smallest number of customers that any figure shown may rest on."
    )
    strict: bool = Field(
        default=False,
        description="Whether the verdicts none, unstable and too few rows refuse a run, not only mark it.",
    )
    budget: Budget | None = Field(
        default=None, description="What there is to spend on campaigns, and what an action costs."
    )
    playbook: str | None = Field(
        default=None,
        description="File with the advice by conditions, relative to the params file. Left out, it is "
        "playbook.LANGUAGE.yaml where that is there, as playbook.de.yaml, else playbook.yaml.",
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

    @field_validator("report")
    @classmethod
    def _labels_of_declared_columns(cls, report: Report, info: ValidationInfo) -> Report:
        data = info.data.get("data")
        if data is not None:
            declared = {each.column: None for table in data.tables().values() for each in table.wanted()}
            for name in (*report.labels.columns, *report.labels.values):
                if name not in declared:
                    raise ValueError(f"labels: no column {name!r} is declared. {nearest(name, declared)}")
        return report

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

    @field_validator("bases", mode="before")
    @classmethod
    def _listed(cls, bases: Any) -> Any:
        return tuple(bases) if isinstance(bases, list) else bases

    @property
    def voice(self) -> Voice:
        """The language, the locale and the currency of the report, and its own words and labels."""
        return Voice(self.locale, self.currency, flat(self.words) | self.report.labels.by_key())
