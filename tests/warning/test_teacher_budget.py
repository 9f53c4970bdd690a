"""Teachers hear little, of the right seats, at the exact second; a contact is never lost."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.teacher_messages import TeacherMessage
from appliance.errors import StorageError
from appliance.warning.teacher_budget import LESSON_S, MESSAGES, TeacherBudget
from tests.support.alerts import alert as alert_of

SILENCE_S = 900.0


def alert(
    seat: str,
    *,
    at_s: float = 0.0,
    lasted_s: float = 100.0,
    mean_score: float = 0.75,
    affect: Affect = Affect.FATIGUED,
    cleared: bool = False,
) -> Alert:
    """Build the alert of a seat; its episode is named after the seat."""
    return alert_of(
        affect,
        episode=f"of-{seat}",
        seat=SeatKey(seat),
        at_s=at_s,
        onset_s=at_s - lasted_s,
        mean_score=mean_score,
        cleared=cleared,
    )


def contact(
    seat: str, *, at_s: float = 0.0, action: Action = Action.CONTACT_TEACHER
) -> Intervention:
    """Build a row-0 decision about the episode of a seat."""
    return Intervention(
        id=f"i-{seat}",
        episode=f"of-{seat}",
        seat=SeatKey(seat),
        occupancy=OccupancyKey("o"),
        affect=Affect.FATIGUED,
        action=action,
        rule="0",
        reason="",
        intensity=0.9375,
        duration_s=180.0,
        at_s=at_s,
    )


def seats(messages: tuple[TeacherMessage, ...]) -> list[list[str]]:
    """Return the seats that each message names, in order; a clearing in brackets."""
    return [
        [one.seat for one in message.contacts]
        + [f"({one.seat})" if one.cleared else one.seat for one in message.alerts]
        for message in messages
    ]


def after_a_message(**settings: float) -> TeacherBudget:
    """Return a budget that told of seat z at 0 s."""
    budget = TeacherBudget(gather_s=0.0, **settings)  # type: ignore[arg-type]  # counts and floats
    assert seats(budget.choose([alert("z")], [], now_s=0.0)) == [["z"]]
    return budget


def test_defaults_are_those_of_the_design() -> None:
    """At most three messages in a lesson of 45 minutes."""
    assert (MESSAGES, LESSON_S) == (3, 2700.0)


def test_the_first_alert_waits_for_company_exactly_so_long() -> None:
    """A second one joins and does not begin the wait anew."""
    budget = TeacherBudget(gather_s=60.0)

    assert budget.choose([alert("a")], [], now_s=10.0) == ()
    assert budget.choose([alert("b")], [], now_s=69.75) == ()
    assert seats(budget.choose([], [], now_s=70.0)) == [["a", "b"]]


@pytest.mark.parametrize(
    ("now_s", "told"),
    [
        pytest.param(SILENCE_S - 0.25, [], id="silent"),
        pytest.param(SILENCE_S, [["a"]], id="at-its-end"),
    ],
)
def test_the_box_is_silent_after_a_message(now_s: float, told: list[list[str]]) -> None:
    """A third of a lesson; who waited is told at its end without waiting for company again."""
    budget = after_a_message()
    assert budget.choose([alert("a")], [], now_s=1.0) == ()

    assert seats(budget.choose([], [], now_s=now_s)) == told


def test_nobody_is_told_twice_of_one_episode() -> None:
    """Not even after the silence."""
    budget = after_a_message()

    assert budget.choose([alert("z", at_s=SILENCE_S)], [], now_s=SILENCE_S) == ()


def test_the_most_urgent_come_first_and_the_rest_waits_its_turn() -> None:
    """Mean score times time: 0.75 x 200 s goes before 0.5 x 250 s; of equals the seat decides."""
    budget = TeacherBudget(gather_s=0.0, seats=2)
    room = [
        alert("b", lasted_s=100.0),
        alert("c", lasted_s=200.0),
        alert("d", lasted_s=250.0, mean_score=0.5),
        alert("a", lasted_s=100.0),
    ]

    assert seats(budget.choose(room, [], now_s=0.0)) == [["c", "d"]]
    assert seats(budget.choose([], [], now_s=SILENCE_S)) == [["a", "b"]]


def test_the_latest_evaluation_ranks() -> None:
    """An alert that grew while it waited is told as it stands."""
    budget = after_a_message(seats=1)
    budget.choose([alert("a", lasted_s=100.0), alert("b", lasted_s=120.0)], [], now_s=1.0)
    grown = alert("a", at_s=SILENCE_S, lasted_s=150.0)

    (message,) = budget.choose([grown], [], now_s=SILENCE_S)

    assert message.alerts == (grown,)


def test_who_recovered_while_waiting_is_never_mentioned() -> None:
    """Neither its alert nor its clearing."""
    budget = after_a_message()
    budget.choose([alert("a")], [], now_s=1.0)

    assert budget.choose([alert("a", cleared=True)], [], now_s=2.0) == ()
    assert budget.choose([], [], now_s=SILENCE_S) == ()


def test_clearing_what_was_told_is_passed_on_at_once_and_costs_nothing() -> None:
    """It comes in the silence and does not prolong it."""
    budget = after_a_message()

    assert seats(budget.choose([alert("z", cleared=True)], [], now_s=500.0)) == [["(z)"]]
    assert budget.choose([alert("z", cleared=True)], [], now_s=501.0) == ()
    assert seats(budget.choose([alert("a")], [], now_s=SILENCE_S)) == [["a"]]


def test_focused_is_no_news_for_a_teacher() -> None:
    """However long it lasts."""
    budget = TeacherBudget(gather_s=0.0)

    assert budget.choose([alert("a", affect=Affect.FOCUSED)], [], now_s=0.0) == ()


def test_a_contact_waits_for_no_company_and_takes_the_others_along() -> None:
    """It leads, and its own alert is not named twice."""
    budget = TeacherBudget(gather_s=60.0)
    (message,) = budget.choose([alert("a"), alert("b")], [contact("b")], now_s=5.0)

    assert message.contacts == (contact("b"),)
    assert message.alerts == (alert("a"),)
    assert budget.choose([alert("b", at_s=SILENCE_S + 5)], [], now_s=SILENCE_S + 5) == ()


def test_a_contact_in_the_silence_goes_at_its_end_even_if_its_alert_has_cleared() -> None:
    """Grouped, never dropped, never limited to so many seats; it counts as a message."""
    budget = after_a_message(seats=1)
    budget.choose([alert("a"), alert("b")], [contact("a"), contact("b")], now_s=1.0)
    budget.choose([alert("a", cleared=True), alert("c"), alert("d")], [], now_s=2.0)

    assert budget.choose([], [], now_s=SILENCE_S - 0.25) == ()
    assert seats(budget.choose([], [], now_s=SILENCE_S)) == [["a", "b", "c"]]
    assert budget.choose([], [], now_s=2 * SILENCE_S - 0.25) == ()


def test_a_contact_about_somebody_already_named_is_a_message_of_its_own() -> None:
    """To be told of an alert is not to be asked to go and see."""
    budget = after_a_message()

    assert seats(budget.choose([], [contact("z")], now_s=SILENCE_S)) == [["z"]]


def test_other_actions_are_no_business_of_a_teacher() -> None:
    """They go to the student's own terminal, whatever the budget."""
    budget = TeacherBudget(gather_s=0.0)

    assert budget.choose([], [contact("a", action=Action.MANDATORY_REST)], now_s=0.0) == ()


def test_nothing_is_told_about_a_seat_that_is_to_be_forgotten() -> None:
    """Neither a waiting contact nor a waiting alert; what was told is still cleared."""
    budget = after_a_message()
    budget.choose([alert("a"), alert("b")], [contact("a"), contact("z")], now_s=1.0)
    for seat in "az":
        budget.forget(SeatKey(seat))

    told = budget.choose([alert("z", cleared=True)], [], now_s=SILENCE_S)

    assert seats(told) == [["(z)"], ["b"]]


@pytest.mark.parametrize(
    ("now_s", "told"),
    [
        pytest.param(LESSON_S - 0.25, [], id="spent"),
        pytest.param(LESSON_S, [["d"]], id="the-first-left-the-lesson"),
    ],
)
def test_few_seats_are_told_at_once_until_the_lesson_is_spent(
    now_s: float, told: list[list[str]]
) -> None:
    """Nobody else could join, so nobody waits."""
    budget = TeacherBudget(spread=False)
    for number, seat in enumerate("abc"):
        assert seats(budget.choose([alert(seat)], [], now_s=float(number))) == [[seat]]

    assert seats(budget.choose([alert("d")], [], now_s=now_s)) == told


def test_with_few_seats_a_contact_may_be_one_more_than_the_budget() -> None:
    """It waits no longer than a third of a lesson, spent or not."""
    budget = TeacherBudget(spread=False)
    for number, seat in enumerate("abc"):
        budget.choose([alert(seat)], [], now_s=float(number))

    assert budget.choose([], [contact("d")], now_s=2.0 + SILENCE_S - 0.25) == ()
    assert seats(budget.choose([], [], now_s=2.0 + SILENCE_S)) == [["d"]]


def test_time_that_seems_to_go_back_spends_nothing() -> None:
    """Cameras may be a token apart."""
    budget = after_a_message()
    budget.choose([alert("a")], [], now_s=SILENCE_S - 0.25)

    assert budget.choose([], [], now_s=0.0) == ()
    assert seats(budget.choose([], [], now_s=SILENCE_S)) == [["a"]]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60), st.sampled_from("abcdef"), st.sampled_from(["open", "end", "call"])
        ),
        max_size=120,
    )
)
def test_any_lesson_holds_at_most_the_budget_and_every_contact_is_told(
    steps: list[tuple[int, str, str]],
) -> None:
    """Whatever happens: three in any 2700 s, and no contact waits longer than a silence."""
    budget = TeacherBudget()
    sent: list[float] = []
    called: dict[str, float] = {}
    now_s = 0.0
    for number, (step_s, seat, what) in enumerate([*steps, (900, "a", "rest"), (900, "a", "rest")]):
        now_s += step_s
        one = replace(alert(seat, cleared=what == "end"), episode=f"{seat}-1")
        call = replace(contact(seat, at_s=now_s), id=str(number), episode=f"{seat}-1")
        if what == "call":
            called[call.id] = now_s
        messages = budget.choose(
            [] if what == "rest" else [one], [call] if what == "call" else [], now_s=now_s
        )
        sent += [now_s for message in messages if not message.clears]
        for message in messages:
            for told in message.contacts:
                # Ticks of this test are up to 60 s apart, the last ones 900 s.
                assert now_s - called.pop(told.id) <= SILENCE_S + max(60, step_s)

    assert called == {}
    assert all(later - first >= LESSON_S for first, later in zip(sent, sent[3:], strict=False))


def test_a_restart_goes_on_where_it_was() -> None:
    """Silence, told episodes and waiting contacts move with the clock; alerts come again."""
    before = after_a_message()
    before.choose([alert("a")], [contact("b", at_s=1.0)], now_s=1.0)

    after = TeacherBudget(gather_s=0.0)
    after.restore(json.loads(json.dumps(before.snapshot())), shift_s=-100.0)

    again = [alert("z", at_s=700.0), alert("a", at_s=700.0)]
    assert after.choose(again, [], now_s=799.75) == ()
    (message,) = after.choose([], [], now_s=800.0)
    assert message.contacts == (contact("b", at_s=-99.0),)
    assert [one.seat for one in message.alerts] == ["a"]


@pytest.mark.parametrize("key", ["sent_s", "told", "contacts"])
def test_a_damaged_checkpoint_restores_nothing(key: str) -> None:
    """The box starts without it."""
    budget = after_a_message()
    damaged = {**after_a_message().snapshot(), key: 3}

    with pytest.raises(StorageError, match="damaged"):
        budget.restore(damaged)  # type: ignore[arg-type]  # that is the point

    assert budget.choose([alert("a")], [], now_s=1.0) == ()


@pytest.mark.parametrize(
    "wrong", [{"messages": 0}, {"seats": 0}, {"lesson_s": 0.0}, {"gather_s": -1.0}]
)
def test_a_budget_that_forbids_everything_is_refused(wrong: dict[str, float]) -> None:
    """The message names the numbers."""
    with pytest.raises(ValueError, match="messages >= 1"):
        TeacherBudget(**wrong)  # type: ignore[arg-type]  # counts and floats


def test_a_message_about_nobody_cannot_be_built() -> None:
    """Checked at the border."""
    with pytest.raises(ValueError, match="at least one seat"):
        TeacherMessage()
