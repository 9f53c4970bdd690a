"""What the teachers' budget lets through, and what nobody is told in time."""

from appliance.warning.teacher_budget import TeacherBudget
from tests.support.true_states import BORED, FATIGUED, FOCUSED, states
from training.warning.follow import DISENGAGED, follow, true_readings
from training.warning.lessons import evaluate_budget, teach


def test_a_lesson_tells_what_the_budget_lets_through() -> None:
    """Four students become tired one after another; each is named once, in three messages."""
    room = states(
        *([(FOCUSED, 100 + 100 * n), (FATIGUED, 500), (FOCUSED, 300 - 100 * n)] for n in range(4))
    )
    logs = follow(true_readings(room))

    news = teach(logs, budget=TeacherBudget(lesson_s=900.0))

    assert len(news.messages) == 3
    assert {episode.id for log in logs for episode in log.episodes(DISENGAGED)} <= news.told
    assert len(news.contact_waits_s) == 4


def test_recall_lost_is_what_nobody_was_told_in_time() -> None:
    """Two tired students, the second while the box is silent and recovered before it speaks."""
    room = states([(FATIGUED, 400), (FOCUSED, 400)], [(FOCUSED, 300), (BORED, 200), (FOCUSED, 300)])
    logs = follow(true_readings(room))

    table = evaluate_budget(logs, logs, seed=1, lessons=2, messages=1)

    assert (table["seats"], table["messages_max"]) == (2, 1)
    assert (table["recall_without_budget"], table["recall_told"]) == (1.0, 0.5)
    assert table["recall_lost"] == 0.5
