"""A damaged file: every mistake has its place, and what can be read is read."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.settings.reading.toml_file import read_toml

EXAMPLE = Path(__file__).parents[3] / "systemd" / "config.example.toml"
LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each text is written."""
    return tmp_path_factory.mktemp("toml") / "config.toml"


@pytest.mark.parametrize(
    ("text", "places", "read"),
    [
        pytest.param("a = 1\n", [], {"a": 1}, id="good"),
        pytest.param(
            "a = \nb = 2\n[t]\nc 3\nd = 4\n",
            ["line 1, column 5", "line 4, column 3"],
            {"b": 2, "t": {"d": 4}},
            id="two-lines",
        ),
        pytest.param(
            "[t\na = 1\n[u]\nb = 2\n", ["line 1, column 3"], {"u": {"b": 2}}, id="name-of-a-table"
        ),
        pytest.param(
            "[t]\na = [1, 2\n[u]\nb = 2\n", ["line 2"], {"t": {}, "u": {"b": 2}}, id="open-list"
        ),
        pytest.param(
            "a = [\n  1,\n  x,\n  2,\n]\nb = 2\n",
            ["line 3, column 3"],
            {"a": [1, 2], "b": 2},
            id="in-a-long-list",
        ),
        pytest.param("a = 'x\nb = 2\n", ["line 1"], {"b": 2}, id="open-text"),
        pytest.param("a = 1\na = 2\nb = 3\n", ["line 2, column 6"], {"a": 1, "b": 3}, id="twice"),
        pytest.param(
            "[t]\na = 1\n[t]\nb = 2\n", ["line 3, column 3"], {"t": {"a": 1}}, id="table-twice"
        ),
    ],
)
def test_each_mistake_has_its_place(
    file: Path, text: str, places: list[str], read: dict[str, object]
) -> None:
    """Line and column, or the line to blame when it was noticed further down."""
    file.write_text(text, encoding="utf-8")

    values, problems = read_toml(file, missing="")

    assert [problem.key for problem in problems] == places
    assert values == read
    assert all(problem.file == str(file) and problem.next_step for problem in problems)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1), st.integers(0, 20), st.text("[]\"'=#.a1\n", max_size=3)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_damage_is_passed_over(file: Path, edits: list[tuple[int, int, str]]) -> None:
    """There are problems if and only if a strict reader takes offence, and it always ends."""
    lines = list(LINES)
    for number, column, text in edits:
        lines[number] = lines[number][:column] + text + lines[number][column + 1 :]
    text = "\n".join(lines)
    file.write_text(text, encoding="utf-8")

    values, problems = read_toml(file, missing="")

    try:
        strict = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert problems
    else:
        assert (values, problems) == (strict, [])


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("explore = yes", "write true or false, in small letters and without quotes"),
        ("explore = True  # agreed", "write true or false, in small letters and without quotes"),
        ("learner = dqn", 'put text in quotes: learner = "…"'),
        ("password = hunter2", 'put text in quotes: password = "…"'),
        ("theta 0.7", "correct the TOML there: text in quotes, lists in [ ], one key = value per"),
    ],
)
def test_a_bare_word_is_told_what_it_wants(file: Path, line: str, step: str) -> None:
    """A switch has no quotes, text has them; the word itself may be a password."""
    file.write_text(f"[policy]\n{line}\n", encoding="utf-8")

    _, (problem,) = read_toml(file, missing="")

    assert problem.next_step.startswith(step)
    assert "hunter2" not in str(problem)
