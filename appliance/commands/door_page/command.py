"""``classbox door-page``: what people who come in have a right to know, on one sheet."""

import time
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.door_page.notice import compose
from appliance.commands.door_page.page import render
from appliance.commands.door_page.texts import NoticeLanguage, NoticeTexts
from appliance.commands.options import ConfigOption
from appliance.errors import ConfigError
from appliance.settings.load import DEFAULT_CONFIG, load_settings


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    language: Annotated[NoticeLanguage, typer.Option(help="Of the page.")] = NoticeLanguage.EN,
    output: Annotated[
        Path | None, typer.Option(help="HTML file to write instead of standard output.")
    ] = None,
) -> None:
    """Make a page for the room's door: what is seen, what is stored, how to say no."""
    settings = load_settings(config)
    texts = NoticeTexts(language)
    notice = compose(settings, texts, date=time.strftime(texts.date), version=version("classbox"))
    page = render(notice, language)
    if output is None:
        typer.echo(page, nl=False)
    else:
        try:
            output.write_text(page, encoding="utf-8")
        except OSError as error:
            msg = f"{output}: cannot be written: {error.strerror}"
            raise ConfigError(msg) from error
        typer.echo(f"{output}: open it in a browser and print it on one sheet of A4", err=True)
    if not settings.box.contact:
        typer.echo("nobody to ask is named: set [box] contact, or write it on by hand", err=True)
