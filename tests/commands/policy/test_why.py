"""One decision is told in words that fit whoever asks, and no more than may be told."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.commands.policy.account import FORGOTTEN, HIDDEN
from appliance.domain.affect import Affect
from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action, FeedbackKind, Intervention
from appliance.domain.policy.choices import Choice, ChoiceReason, PolicyAction
from appliance.intervention.policy.state import MEAN_P, TIMES
from appliance.storage.migrations import PRIVACY as ALL_PRIVACY
from appliance.storage.store import Storage
from tests.support.backups import call, refusal
from tests.support.choices import make_choice, make_outcome
from tests.support.decided import keep, make_decisions, taught
from tests.support.disk import PRIVACY, old_database, settle
from tests.support.rows import (
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    TERMINAL,
    make_alert,
    make_entry,
    make_feedback,
    make_intervention,
)

LONG = "0199-long-id"


def seen(**changes: Any) -> Choice:  # noqa: ANN401 - any field
    """Build a choice about somebody who is tired and a bit bored, 4 min into a task."""
    state = make_choice().state.copy()
    state[MEAN_P] = (0.1, 0.05, 0.6, 0.25)
    state[TIMES] = (200 / 600, 240 / 900, 1.0)
    return make_choice(LONG, state=state, **changes)


def learned(**changes: Any) -> Intervention:  # noqa: ANN401 - any field
    """Build what a learned choice of a rest did."""
    one = replace(
        make_intervention(LONG),
        action=Action.FOCUS_BREAK,
        rule="override",
        reason="fatigued: 0.600 on a 60 s mean; dqn: at least 0.030 better than the rule",
        intensity=0.6,
        duration_s=0.0,
    )
    return replace(one, **changes)


def ask(config: Path, *words: str) -> str:
    """Ask and return what was said, on one line."""
    result = call("why", *words, "--config", str(config))
    assert result.exit_code == 0, result.exception
    return " ".join(result.stdout.split())


def told(config: Path, *words: str) -> dict[str, Any]:
    """Ask for JSON."""
    return dict(json.loads(call("why", *words, "--json", "--config", str(config)).stdout))


def only_fatigue(config: Path) -> Path:
    """Change the profile afterwards."""
    text = config.read_text(encoding="utf-8").replace("four-state", "fatigue-only")
    config.write_text(text, encoding="utf-8")
    return config


def test_a_teacher_reads_from_what_was_seen_to_what_came_of_it(
    storage: Storage, config: Path
) -> None:
    """Every part of an override, in the order in which it happened."""
    storage.choices.record(seen())
    storage.decisions.record_intervention(learned(), terminal=TERMINAL)
    storage.outbox.put(make_entry(LONG))
    storage.outbox.update(LONG, state=CommandState.STARTED, at_s=1.0)
    storage.decisions.record_feedback(
        replace(make_feedback(FeedbackKind.RATED), command=LONG, rating=4, after_s=70.0)
    )
    storage.choices.settle(make_outcome(LONG, boredom_drop=-0.125))
    settle(storage)

    said = told(config, LONG)

    assert said.pop("where_and_when").startswith(f"seat {SEAT}, 2026-11-18 ")
    assert said == {
        "decision": LONG,
        "what_was_seen": "over the last minute, tired (probably, 60%), bored (perhaps, 25%), "
        "concentrated (hardly, 10%), confused (hardly, 5%); tired has led for 3 min 20 s; 4 min "
        "on this task; nothing was shown in the last half hour",
        "what_Table_1_said": "nothing: no row applies",
        "what_was_allowed": "nothing, a short rest or a hint",
        "what_was_chosen": "a tip to take a short break: the learned policy is sure that this is "
        "better than the rules: by at least 0.030",
        "how_likely_that_was": "30%; a lot was drawn and fell so",
        "who_decided": "the policy dqn-0123456789abcdef",
        "what_came_of_it": "the student saw it; the student rated it 4 of 5 after 1 min 10 s; "
        "the score of tired fell by 25 points of 100 within two minutes; the score of bored rose "
        "by 12 points of 100 within two minutes; this happens without help as well (classbox "
        "report); the task was completed",
    }


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (ChoiceReason.RULE, "nothing else was held to be better"),
        (ChoiceReason.NOT_SURE, "a short rest looked better, but not surely"),
        (ChoiceReason.LITTLE_EVIDENCE, "a short rest looked better, but what comes of it is known"),
        (ChoiceReason.LEARNER_FAILED, "the learned policy failed, was late or is switched off"),
        (ChoiceReason.RANDOMISED, "drawn by lot, for a study that the school has agreed to"),
    ],
)
def test_each_reason_has_its_words(
    storage: Storage, config: Path, reason: ChoiceReason, words: str
) -> None:
    """Also where nothing was done."""
    storage.choices.record(
        seen(reason=reason, action=PolicyAction.NOTHING, rule="4", rule_action=PolicyAction.HINT)
    )

    said = told(config, LONG)

    assert said["what_was_chosen"].startswith("nothing: ")
    assert words in said["what_was_chosen"]
    assert said["what_Table_1_said"] == "row 4: a hint"


def test_a_student_reads_one_kind_sentence_and_how_to_say_no(
    storage: Storage, config: Path
) -> None:
    """Only the state it was about, that it may be wrong, and that a lot was drawn."""
    storage.choices.record(seen())
    storage.decisions.record_intervention(learned(), terminal=TERMINAL)

    said = ask(config, LONG, "--for", "student")

    assert said.startswith(
        "The box offered you a tip to take a short break, because you looked tired (probably, "
        "60%); it only guesses from what it sees, and it can be wrong; whether it did was drawn "
        "by lot, for a study that your school agreed to. You may close whatever it shows"
    )
    assert said.endswith("If you want what it has stored about you to be erased, ask your teacher.")
    assert not {"classbox", "sudo", SEAT} & set(said.split())  # what only root may use
    assert not {"bored", "confused", "policy", "dqn", "override"} & set(said.split())
    assert told(config, LONG, "--for", "student").keys() == {"id", "sentence", "say_no"}


def test_a_student_in_peace_is_told_so(storage: Storage, config: Path) -> None:
    """Nothing was done, and nothing is said of what was seen."""
    storage.choices.record(seen(action=PolicyAction.NOTHING, propensity=1.0))

    said = ask(config, LONG, "--for", "student")

    assert said.startswith("The box had nothing to say to you at that moment and left you in peace")


def test_what_was_chosen_and_never_sent_is_told_so(storage: Storage, config: Path) -> None:
    """The choice was kept, and the disk did not take the decision."""
    storage.choices.record(seen())

    said = ask(config, LONG, "--for", "student")

    assert said.startswith("The box thought of offering you a tip to take a short break, and it")


def test_a_decision_of_before_the_policy_is_told(storage: Storage, config: Path) -> None:
    """Table 1 alone; nobody speaks of chance or of a learner."""
    storage.decisions.record_intervention(make_intervention(LONG), terminal=TERMINAL)

    said = told(config, LONG)

    assert said["what_was_seen"] == "the student looked tired (very likely, 85%), for 5 min 1 s"
    assert said["what_Table_1_said"] == "row 1: a rest with a timer"
    assert (said["how_likely_that_was"], said["who_decided"]) == ("certain", "Table 1 alone")
    assert said["what_came_of_it"] == "not on record"
    assert "replay" not in told(config, LONG, "--for", "auditor")["evidence"]


def test_a_teacher_who_was_called_is_told_to_the_student(storage: Storage, config: Path) -> None:
    """Not as something that was offered."""
    called = replace(make_intervention(LONG), action=Action.CONTACT_TEACHER)
    storage.decisions.record_intervention(called, terminal=TERMINAL)

    assert "asked a teacher to look after you" in ask(config, LONG, "--for", "student")


def test_a_lock_is_not_called_an_offer_that_can_be_closed(storage: Storage, config: Path) -> None:
    """A terminal ends it after 30 s, or when a teacher says so; the student cannot."""
    lock = replace(make_intervention(LONG), action=Action.REMINDER_LOCK_30S, rule="2")
    storage.decisions.record_intervention(lock, terminal=TERMINAL)

    said = ask(config, LONG, "--for", "student")

    assert said.startswith(
        "The box reminded you to take a short break and locked your screen for 30 seconds, because "
        "you looked tired"
    )
    assert "Such a lock ends by itself after 30 seconds, and a teacher can end it sooner; " in said
    assert "offered" not in said
    assert "You may close" not in said


def test_an_auditor_gets_everything_and_whether_it_follows_again(
    storage: Storage, config: Path
) -> None:
    """State by its parts, chance with its seed, each row; equal to the bit."""
    learner = taught()
    made = keep(storage, learner, make_decisions(1, learner=learner))[0]
    storage.decisions.record_intervention(learned(id=made.id), terminal=TERMINAL)
    storage.choices.settle(make_outcome(made.id))
    settle(storage)

    evidence = told(config, made.id, "--for", "auditor")["evidence"]

    assert evidence["replay"] == "equal"
    assert evidence["choice"]["seed"] == made.seed
    assert evidence["choice"]["propensity"] == made.propensity
    assert evidence["choice"]["occupancy"] == STUDENT
    assert evidence["state"]["mean_p"].keys() == {affect.value for affect in Affect}
    assert list(evidence["state"]["mean_p"].values()) == made.state[MEAN_P].tolist()
    assert evidence["state"]["h_fused"] == "not kept"
    assert evidence["outcome"]["reward"] == 0.25 + 0.125 + 0.5
    assert evidence["decision"]["terminal"] == TERMINAL
    assert "equal" in ask(config, made.id, "--for", "auditor")


@pytest.mark.parametrize("audience", ["student", "teacher", "auditor"])
def test_who_was_erased_stays_so(storage: Storage, config: Path, audience: str) -> None:
    """There was a decision, and that is all."""
    storage.choices.record(seen())
    storage.decisions.record_intervention(learned(), terminal=TERMINAL)
    storage.erasure.erase(actor="teacher", seat=SEAT)

    said = ask(config, LONG, "--for", audience)

    assert FORGOTTEN in said
    assert not {"tired", "rest", SEAT, "60%"} & set(said.split())
    assert ("replay erased" in said) == (audience == "auditor")


@pytest.mark.parametrize("audience", ["student", "teacher", "auditor"])
@pytest.mark.parametrize("affect", [Affect.BORED, Affect.FATIGUED])
def test_a_profile_that_was_changed_tells_no_other_state(
    storage: Storage, config: Path, audience: str, affect: Affect
) -> None:
    """Rows of before are there for 30 days; nobody reads another state out of them."""
    storage.choices.record(seen())
    storage.choices.settle(make_outcome(LONG))
    reason = f"{affect}: 0.600 on a 60 s mean"
    storage.decisions.record_intervention(learned(affect=affect, reason=reason), terminal=TERMINAL)
    settle(storage)
    only_fatigue(config)

    for words in (["--for", audience], ["--for", audience, "--json"]):
        said = ask(config, LONG, *words)
        spoken = ("bored", "boredom", "confused", "focused", "concentrated")
        assert not [word for word in spoken if word in said]
        if affect is Affect.BORED and audience == "student":
            assert HIDDEN in said


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(
    storage: Storage, config: Path
) -> None:
    """In capitals as well; too short, unknown and ambiguous ones are said, each in one line."""
    for identity in ("01234567-abcd-7001", "01234567-abcd-7002", "01234567-abce-7003"):
        storage.choices.record(make_choice(identity))

    for words in (
        "01234567-abce",
        "01234567-ABCE-70",
        " 01234567-abce-7003 ",
        "01234567abce",
        "01234567ABCE7003",
    ):
        assert told(config, words)["decision"] == "01234567-abce-7003"
    for words, message in {
        "01234567-abc": "begins several ids: 01234567-abcd-7001, 01234567-abcd-7002, "
        "01234567-abce-7003, …; give more letters",
        "01234567-ABCD": "begins several ids: 01234567-abcd-7001, 01234567-abcd-7002; give more",
        "01234567": "is too short: ids begin with the time, so many begin alike; give at least 12",
        "": "give at least 12 letters of it",
        "nobody-knows": "no decision 'nobody-knows' is on record; sudo classbox export --kind "
        "choices lists those of a learner or by lot, --kind decisions what was done",
        "%%%%%%%%%%%%": "no decision '%%%%%%%%%%%%' is on record",
    }.items():
        said = str(refusal(call("why", words, "--config", str(config))))
        assert message in said
        assert "\n" not in said


def test_an_episode_leads_to_what_was_decided_during_it(storage: Storage, config: Path) -> None:
    """The id of an alert is what a teacher has; who sat there before is another matter."""
    episode = "episode-0001"
    storage.decisions.record_alert(make_alert(episode=episode))
    ended = make_alert(episode=episode, opened=False, cleared=True)
    storage.decisions.record_alert(replace(ended, at_s=200.0))
    storage.decisions.record_intervention(
        replace(make_intervention("done-by-rule"), episode=episode), terminal=TERMINAL
    )
    storage.choices.record_many(
        [
            make_choice("before-it", at_s=90.0),
            make_choice("within-it", at_s=150.0, action=PolicyAction.NOTHING),
            make_choice("of-others", at_s=150.0, occupancy=OTHER_STUDENT),
            make_choice("behind-it", at_s=210.0),
        ]
    )
    settle(storage)

    decided = told(config, episode.upper())
    said = call("why", episode, "--config", str(config)).stdout.splitlines()

    assert decided["episode"] == episode
    assert sorted((one["id"], one["did"]) for one in decided["decisions"]) == [
        ("done-by-rule", "a rest with a timer"),
        ("within-it", "nothing"),
    ]
    assert said[0].startswith(f"{episode} is an episode. What was decided during it")
    assert len(said) == 4
    assert said[-1] == "sudo classbox why ID explains one of them."


def test_an_episode_without_a_decision_is_said_so(storage: Storage, config: Path) -> None:
    """One that goes on is read to its present end."""
    storage.decisions.record_alert(make_alert(episode="episode-0001"))
    settle(storage)

    assert ask(config, "episode-0001") == (
        "episode-0001 is an episode, and nothing was decided during it."
    )


def test_a_box_that_never_ran_has_nothing_to_explain(config: Path) -> None:
    """One line, however short the id is; and nothing is made."""
    for words in ("01234567-abcd", "0123"):
        said = str(refusal(call("why", words, "--config", str(config))))
        assert said.endswith("privacy.db: there is no such database; has the box run yet?")
    assert not (config.parent / "state").exists()


def test_a_database_from_before_the_choices_is_read(config: Path) -> None:
    """After an update and before the service has started; nothing is written."""
    path = config.parent / "state" / PRIVACY
    old_database(path, version=2).execute(
        "INSERT INTO decisions VALUES ('old-decision', 1.0, 2.0, 'e', 'a01', 'o', 't', 'fatigued',"
        " 'hint', '4', 'why', 0.8, 130.0)"
    ).connection.commit()

    assert told(config, "old-decision")["who_decided"] == "Table 1 alone"
    status = json.loads(call("policy", "status", "--json", "--config", str(config)).stdout)
    assert status["decisions"]["all"] == 0
    assert len(ALL_PRIVACY) > 2
