"""Duplicates are recognised while memory stays bounded."""

from appliance.mqtt.duplicates import DuplicateFilter


def test_the_oldest_id_is_forgotten() -> None:
    """Two are remembered here; the third pushes the first out, a repeat pushes nobody."""
    seen = DuplicateFilter(limit=2)

    for each in ("a", "b", "b", "c"):
        seen.add("topic", each)

    assert [seen.knows("topic", each) for each in "abc"] == [False, True, True]


def test_an_id_of_one_topic_is_no_id_of_another() -> None:
    """A terminal that guesses the id of a teacher's request keeps nobody from hearing it."""
    seen = DuplicateFilter()

    seen.add("seat/pc-01/ack", "a")

    assert not seen.knows("control/teacher-1/req", "a")
