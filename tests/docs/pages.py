"""The documentation as its readers have it: pages, the links in them, and their blocks of code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DATA_PLANE = ROOT / "docs" / "data-plane.md"
ADDRESS = "127.0.0.1:8600"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sample_services/*/README.md")])


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(page.read_text()) if kind == language]


def script(page: Path) -> str:
    """Every block for a shell or for Python, in the order of the page, as one program for a shell."""
    shells = {"sh": "{}", "python": "python - <<'END OF PYTHON'\n{}END OF PYTHON\n"}
    parts = [shells[kind].format(text) for kind, text in _BLOCK.findall(page.read_text()) if kind in shells]
    return "".join(parts)


def links(page: Path) -> list[str]:
    """Those within the repository."""
    return [link for link in _LINK.findall(page.read_text()) if "://" not in link]
