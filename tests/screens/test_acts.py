"""What a page is told of something that was asked."""

import asyncio
import json

from appliance.domain.terminals import ControlReply, ControlStatus
from appliance.screens.acts import answer_act
from appliance.screens.allowed import only_allowed


def test_an_answer_tells_no_state_of_anybody() -> None:
    """A box that is set up wrongly names one in its detail: neither page nor record has it."""
    noted: list[str] = []

    def note(*, who: str, what: str, about: str = "", outcome: str = "done") -> None:
        noted.append(f"{who} {what} {about}: {outcome}")

    def act() -> ControlReply:
        return ControlReply(status=ControlStatus.FAILED, detail="pc-1 is bored")

    answer = asyncio.run(answer_act(act, note=note, who="anna", what="pause", allowed=only_allowed))

    assert json.loads(bytes(answer.body)) == {"status": "failed", "detail": ""}
    assert noted == ["anna pause : failed"]
