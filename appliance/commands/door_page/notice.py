"""What the page says, as the settings have it."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.commands.door_page.texts import NoticeTexts
from appliance.settings.layout import all_seats, box_identity, seats_with_consent
from appliance.settings.timetable.table import DAYS, TimetableSettings
from appliance.settings.tree import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraphs:
    """One section of the page."""

    name: str
    """Of its table in the catalogue."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The whole page."""

    place: str
    title: str
    lead: str
    sections: tuple[Paragraphs, ...]
    """What is seen, what happens, what is stored, who sees it, when."""
    refusal: Paragraphs
    """How to say no."""
    contact: Paragraphs
    """Who to ask; without a line where nobody is configured."""
    blank: str
    """What stands before the line on which somebody writes it."""
    footer: str


def compose(settings: Settings, texts: NoticeTexts, *, date: str, version: str) -> Notice:
    """Return what is true of a box with these settings.

    Args:
        settings: Of the box.
        texts: The language.
        date: Of today, as people write it.
        version: Of the program.
    """
    profile = "fatigue" if settings.policy.fatigue_only else "four"
    seats = sorted(all_seats(settings))
    contact = settings.box.contact
    sections = {
        "seen": (
            texts.say("seen.cameras", count=len(settings.cameras), seats=", ".join(seats)),
            texts.say("seen.measures"),
            texts.say(f"seen.states-{profile}"),
            texts.say("seen.names"),
            texts.say("seen.aim"),
        ),
        "happens": (
            texts.say("happens.teachers", count=settings.warning.teacher_messages),
            texts.say(f"happens.screens-{profile if settings.intervention.enabled else 'off'}"),
            texts.say("happens.wrong"),
        ),
        "stored": (
            texts.say("stored.rows", count=_number(settings.storage.retention_days)),
            texts.say("stored.faces-on" if settings.storage.embeddings else "stored.faces-off"),
            texts.say("stored.backups"),
        ),
        "who": (
            texts.say("who.teachers"),
            *([texts.say("who.students")] if settings.intervention.enabled else []),
            texts.say("who.staff"),
            texts.say("who.nobody"),
        ),
        "when": (*_when(settings.timetable, texts), texts.say("when.pause")),
    }
    return Notice(
        place=settings.box.place or f"{settings.box.site} · {settings.box.room}",
        title=texts.say("head.title"),
        lead=texts.say(f"head.lead-{profile}"),
        sections=tuple(
            Paragraphs(name=name, heading=texts.say(f"{name}.title"), lines=lines)
            for name, lines in sections.items()
        ),
        refusal=Paragraphs(
            name="refuse",
            heading=texts.say("refuse.title"),
            lines=tuple(_refusal(settings, texts)),
        ),
        contact=Paragraphs(
            name="contact",
            heading=texts.say("contact.title"),
            lines=(contact,) if contact else (),
        ),
        blank=texts.say("contact.blank"),
        footer=texts.say("foot.line", box=box_identity(settings), date=date, version=version),
    )


def _refusal(settings: Settings, texts: NoticeTexts) -> Iterator[str]:
    yield texts.say("refuse.tell")
    yield texts.say("refuse.effect")
    on_file = seats_with_consent(settings)
    if on_file:
        yield texts.say("refuse.on-file", seats=", ".join(sorted(on_file)))
    if len(on_file) < len(all_seats(settings)):
        yield texts.say("refuse.ask-some" if on_file else "refuse.ask")
    yield texts.say("refuse.erase")


def _when(table: TimetableSettings | None, texts: NoticeTexts) -> Iterator[str]:
    if table is None:
        yield texts.say("when.always")
        return
    yield f"{texts.say('when.lessons')} {'; '.join(_hours(table, texts))}."
    breaks = any(len(lessons) > 1 for lessons in table.lessons.values())
    closed = [texts.say("when.breaks" if breaks else "when.outside")]
    closed += [texts.say("when.exams")] if table.exams else []
    closed += [texts.say("when.holidays")] if table.holidays else []
    yield " ".join(closed)


def _hours(table: TimetableSettings, texts: NoticeTexts) -> Iterator[str]:
    """Give days that follow each other with the same hours as one, such as Monday to Friday."""
    names, spans = texts.days, [_span(table, day, texts) for day in DAYS]
    first = 0
    while first < len(DAYS):
        last = first
        while last + 1 < len(DAYS) and spans[last + 1] == spans[first]:
            last += 1
        if spans[first]:
            ends = texts.say("when.span", first=names[first], last=names[last])
            yield f"{names[first] if first == last else ends} {spans[first]}"
        first = last + 1


def _span(table: TimetableSettings, day: str, texts: NoticeTexts) -> str:
    """Return when the first lesson of a day begins and its last one ends; empty without one."""
    lessons = sorted(getattr(table, day))
    if not lessons:
        return ""
    return texts.say("when.span", first=lessons[0][:5], last=lessons[-1][-5:])


def _number(days: float) -> int | float:
    return int(days) if days.is_integer() else days
