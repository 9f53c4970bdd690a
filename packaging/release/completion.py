"""Bash completion, out of the program's own help: a table, so that no key press starts Python."""

from collections.abc import Iterable

from release.command_line import CommandHelp, Parameter

SCRIPT = """# Completion of classbox, generated from its commands.
_classbox() {{
    local word command="" last cur
    cur=${{COMP_WORDS[COMP_CWORD]}}
    last=${{COMP_WORDS[COMP_CWORD-1]}}
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$command $word" in
            {known}) command="${{command:+$command }}$word" ;;
        esac
    done
    case "$command $last" in
{values}
    esac
    case "$command" in
{words}
    esac
}}
complete -o filenames -F _classbox classbox
"""


def completion(commands: Iterable[CommandHelp]) -> str:
    """Return the script that bash sources when somebody completes ``classbox``."""
    listed = list(commands)
    top = [one.words[0] for one in listed if len(one.words) == 1]
    known = "|".join(_pattern(one.words) for one in listed)
    values = "\n".join(
        f"        {_case(one.words, parameter)}"
        for one in listed
        for parameter in one.parameters
        if parameter.options and parameter.takes_value
    )
    words = [f'        "") {_offer(top)} ;;']
    for one in listed:
        options = [option for parameter in one.parameters for option in parameter.options]
        files = any(parameter.is_path and not parameter.options for parameter in one.parameters)
        offer = _offer([*one.subcommands, *options, "--help"])
        if files:
            offer += '; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")'
        words.append(f'        "{" ".join(one.words)}") {offer} ;;')
    return SCRIPT.format(known=known, values=values, words="\n".join(words))


def _pattern(words: tuple[str, ...]) -> str:
    """Return the pattern of a command's last word behind those before it."""
    *before, last = words
    return f'"{" ".join(before)} {last}"'


def _case(words: tuple[str, ...], parameter: Parameter) -> str:
    """Return what may stand behind an option."""
    patterns = "|".join(f'"{" ".join(words)} {option}"' for option in parameter.options)
    if parameter.choices:
        return f"{patterns}) {_offer(parameter.choices)}; return ;;"
    if parameter.is_path:
        return f'{patterns}) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;'
    return f"{patterns}) return ;;"


def _offer(words: Iterable[str]) -> str:
    return f'mapfile -t COMPREPLY < <(compgen -W "{" ".join(words)}" -- "$cur")'
