"""The documentation as its readers have it: pages, the links in them, and their blocks of code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ADDRESS = "127.0.0.1:8600"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sample_services/*/README.md")])


def blocks(page: Path, language: str) -> list[str]:
    """`sh` and `python` are there to be run, `console` is only shown."""
    return [text for kind, text in _BLOCK.findall(page.read_text()) if kind == language]


def links(page: Path) -> list[str]:
    """Those within the repository."""
    return [link for link in _LINK.findall(page.read_text()) if "://" not in link]
