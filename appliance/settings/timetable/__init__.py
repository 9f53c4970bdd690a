"""``[timetable]`` and the times of day in it."""
