"""Colours, type and sizes of the report: one house style for page, print and charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

LIGHT = {
    "paper": "#ffffff",
    "panel": "#f3f5f7",
    "ink": "#16202b",
    "muted": "#55606e",
    "rule": "#d3d9e0",
    "faint": "#aab3be",
    "link": "#0b5686",
}
DARK = {
    "paper": "#12161c",
    "panel": "#1b2129",
    "ink": "#e9edf2",
    "muted": "#a7b2bf",
    "rule": "#333c48",
    "faint": "#6d7885",
    "link": "#7cc0f5",
}
# Told apart by protanopes, deuteranopes and tritanopes too; 3:1 at least on paper and panel.
SEGMENTS_LIGHT = (
    *("#0c3d55", "#a1251c", "#0d9a86", "#8e56bc", "#b07d05", "#006e7a", "#da4660", "#324f00"),
    *("#4e0c84", "#727efc", "#9084ba", "#543630"),
)
SEGMENTS_DARK = (
    *("#5caafc", "#dd6949", "#0a9a80", "#e171c1", "#cab343", "#1ae6fc", "#fea9bf", "#c8f081"),
    *("#6672ea", "#a8fcb4", "#ea366c", "#fcea5a"),
)
ACCENT = "accent"
"""The rule above the report and beside its verdict; in the house's colours that of the first segment."""

SANS = "Source Sans Pro"
SERIF = "Source Serif Pro"

TEXT_NEEDS, MARK_NEEDS = 4.5, 3.0
"""The contrast that WCAG AA asks of text, and of large text, marks and charts."""


def segment_color(position: int) -> str:
    """Return the colour of the segment at this place of the segmentation (0 is the first)."""
    return SEGMENTS_LIGHT[position % len(SEGMENTS_LIGHT)]


def _named(roles: Mapping[str, str], segments: tuple[str, ...]) -> dict[str, str]:
    numbered = {f"seg{place}": color for place, color in enumerate(segments, start=1)}
    return {**roles, ACCENT: segments[0], **numbered}


@dataclass(frozen=True)
class Colors:
    """The colours of a report by role, as ``ink``, ``accent`` or ``seg1``, in light and in dark."""

    light: Mapping[str, str]
    dark: Mapping[str, str]

    @classmethod
    def with_(cls, light: Mapping[str, str], dark: Mapping[str, str]) -> Colors:
        """Return the house's colours with some of them replaced; the accent follows the first segment."""
        modes = ((HOUSE.light, light), (HOUSE.dark, dark))
        return cls(*({**house, ACCENT: given.get("seg1", house[ACCENT]), **given} for house, given in modes))

    @cached_property
    def _by_house(self) -> dict[str, str]:
        return {color: self.light[role] for role, color in HOUSE.light.items() if role != ACCENT}

    def paint(self, color: str) -> str:
        """Return what stands for one of the house's light colours; others stay."""
        return self._by_house.get(color, color)

    def faults(self) -> Iterator[str]:
        """Yield each pair of colours that WCAG AA would not let pass, with its contrast and the need."""
        for mode, colors in (("light", self.light), ("dark", self.dark)):
            for role, color in colors.items():
                if role in ("paper", "panel", "rule", "faint"):  # grounds, and lines that say nothing
                    continue
                need = TEXT_NEEDS if role in ("ink", "muted", "link") else MARK_NEEDS
                for ground in ("paper", "panel"):
                    if (found := contrast(color, colors[ground])) < need:
                        # Rounded down, as 4.499 is not 4.5.
                        shown = int(found * 100) / 100
                        yield (
                            f"{mode}: {_spoken(role)} {color} on {ground} {colors[ground]} "
                            f"has a contrast of {shown:.2f}, and needs {need:g}"
                        )


HOUSE = Colors(_named(LIGHT, SEGMENTS_LIGHT), _named(DARK, SEGMENTS_DARK))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    levels = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = (level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels)
    return sum(share * level for share, level in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _spoken(role: str) -> str:
    return f"segment {role.removeprefix('seg')}" if role.startswith("seg") else role


def font_folders() -> tuple[Path, ...]:
    """Return the folders with the TrueType files of both families."""
    return tuple(
        Path(str(files(package) / "files")) for package in ("font_source_sans_pro", "font_source_serif_pro")
    )


def font_file(name: str) -> Path:
    """Return the path of one face, as ``"SourceSansPro-Semibold.ttf"``."""
    return next(folder / name for folder in font_folders() if (folder / name).is_file())
