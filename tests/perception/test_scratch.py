"""Memory that is kept from frame to frame."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from appliance.perception.scratch import Scratch


def test_the_same_memory_is_given_out_again() -> None:
    """Also for a smaller picture: nothing is allocated twice."""
    scratch = Scratch()
    first = scratch.picture("crop", height=4, width=5, channels=3)
    again = scratch.picture("crop", height=2, width=3, channels=4)

    assert first.shape == (4, 5, 3)
    assert again.shape == (2, 3, 4)
    assert np.shares_memory(first, again)


def test_a_larger_picture_gets_more() -> None:
    """The block grows with the largest picture seen."""
    scratch = Scratch()
    scratch.picture("crop", height=1, width=1, channels=3)

    assert scratch.picture("crop", height=8, width=8, channels=3).shape == (8, 8, 3)


def test_names_do_not_share() -> None:
    """Two pictures in between may be needed at once."""
    scratch = Scratch()
    one = scratch.picture("one", height=4, width=4, channels=3)

    assert not np.shares_memory(one, scratch.picture("two", height=4, width=4, channels=3))


def test_threads_do_not_share() -> None:
    """Seats are looked at on several lanes at once."""
    scratch = Scratch()
    here = scratch.picture("crop", height=4, width=4, channels=3)
    with ThreadPoolExecutor(1) as lane:
        there = lane.submit(scratch.picture, "crop", height=4, width=4, channels=3).result()

    assert not np.shares_memory(here, there)
