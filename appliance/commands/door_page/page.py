"""The page as HTML: one file, nothing from elsewhere, one sheet of A4."""

from html import escape
from importlib.resources import files
from math import sqrt

from appliance.commands.door_page.notice import Notice, Paragraphs
from appliance.commands.door_page.texts import NoticeLanguage

LARGEST_PT = 10.6
SMALLEST_PT = 8.2
CHARACTERS = 1750
"""So many fit at the largest size, also in a wide typeface; the area of a letter is its square."""

SIGN = (
    '<svg viewBox="0 0 64 64" aria-hidden="true" focusable="false">'
    '<rect x="2" y="2" width="60" height="60" rx="13" fill="#0b5c73"/>'
    '<path d="M9 31c7-11 15-16 23-16s16 5 23 16c-7 11-15 16-23 16S16 42 9 31z" fill="#fff"/>'
    '<circle cx="32" cy="31" r="9.5" fill="#0b5c73"/><circle cx="35" cy="28" r="3" fill="#fff"/>'
    "</svg>"
)
"""An eye: understood without a word."""


def render(notice: Notice, language: NoticeLanguage) -> str:
    """Return the page; whatever comes from the configuration is escaped."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    parts = (*notice.sections, notice.refusal, notice.contact)
    length = sum(len(line) for part in parts for line in part.lines)
    size_pt = min(LARGEST_PT, max(SMALLEST_PT, LARGEST_PT * sqrt(CHARACTERS / length)))
    contact = notice.contact
    asked = _lines(contact) if contact.lines else f'<p class="blank">{escape(notice.blank)}</p>'
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(notice.place)}: {escape(notice.title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            f'<main style="font-size: {size_pt:.2f}pt">',
            f'<header>{SIGN}<div><p class="place">{escape(notice.place)}</p>',
            f"<h1>{escape(notice.title)}</h1>",
            f'<p class="lead">{escape(notice.lead)}</p></div></header>',
            '<div class="sections">',
            *(_section(part) for part in notice.sections),
            "</div>",
            _section(notice.refusal),
            f'<section class="contact"><h2>{escape(contact.heading)}</h2>{asked}</section>',
            f"<footer>{escape(notice.footer)}</footer>",
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _section(part: Paragraphs) -> str:
    return (
        f'<section class="{escape(part.name)}"><h2>{escape(part.heading)}</h2>\n'
        f"{_lines(part)}</section>"
    )


def _lines(part: Paragraphs) -> str:
    return "\n".join(f"<p>{escape(line)}</p>" for line in part.lines)
