"""What was found on a seat is counted, each thing out of what it could have been found in."""

from appliance.windows.finds import FindCounter, SeatFinds
from tests.support.people import observe


def test_each_find_is_counted_out_of_what_came_before() -> None:
    """A face needs a person, lids need a face, and nothing is missing that was not looked for."""
    counter = FindCounter()
    for observation in (
        observe(0.0),
        observe(0.1, eyes_readable=False),
        observe(0.2, trust=0.4),
        observe(0.3, face=False),
        observe(0.4, expression_ran=False),
        observe(0.5, ambiguous=True),
        observe(0.6, present=False),
    ):
        counter.add(observation)

    assert counter.finds() == SeatFinds(
        looked=7, person=6, ambiguous=1, face_looked=5, face=3, lids=2, face_side_px=None
    )
