"""Colours, type and sizes of the report: one house style for page, print and charts."""

from __future__ import annotations

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
SEGMENTS_LIGHT = ("#0c3d55", "#a1251c", "#0d9a86", "#8e56bc", "#b07d05", "#006e7a", "#da4660", "#324f00")
SEGMENTS_DARK = ("#5caafc", "#dd6949", "#0a9a80", "#e171c1", "#cab343", "#1ae6fc", "#fea9bf", "#c8f081")

SANS = "Source Sans Pro"
SERIF = "Source Serif Pro"


def segment_color(position: int) -> str:
    """Return the colour of the segment at this place of the segmentation (0 is the first)."""
    return SEGMENTS_LIGHT[position % len(SEGMENTS_LIGHT)]


def font_folders() -> tuple[Path, ...]:
    """Return the folders with the TrueType files of both families."""
    return tuple(
        Path(str(files(package) / "files")) for package in ("font_source_sans_pro", "font_source_serif_pro")
    )


def font_file(name: str) -> Path:
    """Return the path of one face, as ``"SourceSansPro-Semibold.ttf"``."""
    return next(folder / name for folder in font_folders() if (folder / name).is_file())
