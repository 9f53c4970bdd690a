"""Duplicates are recognised while memory stays bounded."""

from appliance.mqtt.duplicates import DuplicateFilter


def test_an_id_is_new_once_and_the_oldest_is_forgotten() -> None:
    """Two are remembered here; the third pushes the first out."""
    seen = DuplicateFilter(limit=2)

    assert [seen.add(each) for each in ("a", "a", "b", "c")] == [True, False, True, True]
    assert not seen.add("b")
    assert seen.add("a")
