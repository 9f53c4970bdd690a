"""``[sensors.ID]`` and ``[sensors.ID.seats.ID]``: machines that look in a decider's stead."""

from typing import Annotated, Literal

from pydantic import Field

from appliance.settings.section import Expected, Id, Section


class SensorSeatSettings(Section):
    """One seat that a sensor sees; where in its picture, the sensor's own configuration says."""

    terminal: Id
    """Terminal on this seat; each terminal has one seat."""

    consent: Literal["ask", "granted"] = "ask"
    """``ask`` denies until consent is given at run time; ``granted`` is on file at the school."""


class SensorSettings(Section):
    """One sensor, by the id that its certificate bears."""

    seats: Annotated[
        dict[Id, SensorSeatSettings],
        Expected("at least one table [sensors.ID.seats.ID] with a terminal"),
    ] = Field(min_length=1)
    """Seats by id; ids are unique over all cameras and sensors."""
