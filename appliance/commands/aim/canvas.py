"""A canvas of braille dots: eight to a character, which every terminal can show."""

from rich.text import Text

DOTS_WIDE, DOTS_HIGH = 2, 4
"""Dots of one character."""

_BLANK = 0x2800
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot, row by row (Unicode block Braille Patterns)."""


class Canvas:
    """Places are fractions of width and height; what lies outside is left out."""

    def __init__(self, *, columns: int, rows: int) -> None:
        """Begin blank.

        Args:
            columns: Characters across.
            rows: Lines.
        """
        self._columns = columns
        self._rows = rows
        self._dots = [[0] * columns for _ in range(rows)]
        self._styles = [[""] * columns for _ in range(rows)]
        self._letters: list[list[str]] = [[""] * columns for _ in range(rows)]

    def draw_line(
        self, one: tuple[float, float], other: tuple[float, float], *, style: str
    ) -> None:
        """Draw a line of dots."""
        (x0, y0), (x1, y1) = self._dot(one), self._dot(other)
        steps = max(abs(x1 - x0), abs(y1 - y0), 1.0)
        for step in range(int(steps) + 1):
            share = min(step / steps, 1.0)
            self._set(round(x0 + share * (x1 - x0)), round(y0 + share * (y1 - y0)), style)

    def draw_box(self, box: tuple[float, float, float, float], *, label: str, style: str) -> None:
        """Draw a frame of line characters with a label in its upper edge, if any."""
        left, right = self._span(box[0], box[2], self._columns)
        top, bottom = self._span(box[1], box[3], self._rows)
        for column in range(left, right + 1):
            self._write(column, top, "─", style)
            self._write(column, bottom, "─", style)
        for row in range(top, bottom + 1):
            self._write(left, row, "│", style)
            self._write(right, row, "│", style)
        for column, row, corner in (
            (left, top, "┌"), (right, top, "┐"), (left, bottom, "└"), (right, bottom, "┘"),
        ):  # fmt: skip
            self._write(column, row, corner, style)
        shown = f" {label} "[: max(0, right - left - 2)] if label else ""
        for place, letter in enumerate(shown):
            self._write(left + 2 + place, top, letter, f"bold {style}")

    def render(self) -> Text:
        """Return the lines; figures are drawn over frames."""
        text = Text(no_wrap=True, overflow="crop")
        for row in range(self._rows):
            for column in range(self._columns):
                dots = self._dots[row][column]
                shown = chr(_BLANK + dots) if dots else self._letters[row][column] or " "
                text.append(shown, self._styles[row][column])
            if row + 1 < self._rows:
                text.append("\n")
        return text

    def _dot(self, place: tuple[float, float]) -> tuple[float, float]:
        x, y = place
        return x * self._columns * DOTS_WIDE - 0.5, y * self._rows * DOTS_HIGH - 0.5

    def _set(self, x: int, y: int, style: str) -> None:
        column, row = x // DOTS_WIDE, y // DOTS_HIGH
        if 0 <= column < self._columns and 0 <= row < self._rows:
            self._dots[row][column] |= _BITS[y % DOTS_HIGH][x % DOTS_WIDE]
            self._styles[row][column] = style

    def _write(self, column: int, row: int, letter: str, style: str) -> None:
        self._letters[row][column] = letter
        self._styles[row][column] = style

    @staticmethod
    def _span(low: float, high: float, cells: int) -> tuple[int, int]:
        """Return first and last cell; neighbours that share an edge do not share a cell."""
        first = min(round(low * cells), cells - 1)
        return first, max(first, min(round(high * cells), cells) - 1)
