"""Duplicates are recognised while memory stays bounded."""

from appliance.mqtt.duplicates import DuplicateFilter, message_key


def test_the_oldest_message_is_forgotten() -> None:
    """Two are remembered here; the third pushes the first out, a repeat pushes nobody."""
    seen = DuplicateFilter(limit=2)

    for each in ("a", "b", "b", "c"):
        seen.add(message_key("topic", each, b"{}"))

    assert [seen.knows(message_key("topic", each, b"{}")) for each in "abc"] == [False, True, True]


def test_an_id_of_one_topic_is_no_id_of_another() -> None:
    """A terminal that guesses the id of a teacher's request keeps nobody from hearing it."""
    seen = DuplicateFilter()

    seen.add(message_key("seat/pc-01/ack", "a", b"{}"))

    assert not seen.knows(message_key("control/teacher-1/req", "a", b"{}"))


def test_another_message_under_the_same_id_is_another_message() -> None:
    """A "no" is heard, whatever id a program gives it."""
    seen = DuplicateFilter()

    seen.add(message_key("control/pc-01/req", "a", b"yes"))

    assert not seen.knows(message_key("control/pc-01/req", "a", b"no"))
