"""``classbox.1``, out of the program's own help."""

from collections.abc import Iterable
from importlib.metadata import metadata

from release.command_line import PROGRAM, CommandHelp

HEAD = """.TH CLASSBOX 1 "{date}" "classbox {version}" "Classroom Box"
.SH NAME
classbox \\- early warning of fatigue from classroom cameras
.SH SYNOPSIS
.B classbox
.I COMMAND
[\\fIOPTION\\fR ...]
.SH DESCRIPTION
{summary}
.SH COMMANDS
"""

FOOT = """.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Something else went wrong; the message says what.
.TP
.B 65
A model is missing or damaged. The service stays down.
.TP
.B 69
A broker or the running service cannot be reached.
.TP
.B 78
The configuration is wrong. The service stays down.
.SH FILES
.TP
.I /etc/classbox/config.toml
Configuration; files of
.I config.d
beside it are read after it.
.TP
.I /var/lib/classbox
State: consent, readings, decisions. Never a picture.
.TP
.I /opt/classbox/current
Link to the version that runs; the one before is kept beside it.
.TP
.I /usr/share/doc/classbox/examples/config.toml
Every setting, with what it means.
.SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1),
.BR mosquitto (8)
"""


def man_page(commands: Iterable[CommandHelp], *, date: str) -> str:
    """Return the page in the man macros.

    Args:
        commands: All of them, groups before their members.
        date: Of the release, as ``2026-01-31``.
    """
    about = metadata(PROGRAM)
    text = HEAD.format(
        date=date, version=_plain(about["Version"]), summary=_plain(about["Summary"])
    )
    for command in commands:
        text += f'.SS "classbox {_plain(" ".join(command.words))}"\n{_prose(command.help)}\n'
        for parameter in command.parameters:
            text += f".TP\n.B {_plain(parameter.head)}\n{_prose(parameter.help)}\n"
    return text + FOOT


def _plain(text: str) -> str:
    """Escape what roff takes for its own."""
    return text.replace("\\", "\\e").replace("-", "\\-")


def _prose(text: str) -> str:
    """Return lines of help; none begins with a control character."""
    lines = (_plain(line.strip()) for line in text.splitlines())
    return "\n".join(f"\\&{line}" if line[:1] in {".", "'"} else line or ".PP" for line in lines)
