"""``docs/mqtt.html``: the MQTT contract as one page, without a script, for any browser or printer.

``python -m release.contract_page`` writes it anew, from the AsyncAPI document, the JSON Schemas and
the valid examples. The generators on npm render with JavaScript and bring a browser to do it.
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

from release.deb import ROOT

CONTRACTS = ROOT / "mqtt_contracts"
PAGE = ROOT / "docs" / "mqtt.html"
LOOK = Path(__file__).with_name("contract_page.css")

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}, MQTT contract {version}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}: the MQTT contract, version {version}</h1>
<p>{description}</p>
<p>Made from <code>mqtt_contracts/asyncapi.yaml</code>, its schemas and its examples, which are the
truth; <code>make contract-page</code> writes this page anew.</p>
</header>
<nav aria-label="On this page"><ul>
<li><a href="#channels">Channels: who says what where</a></li>
<li><a href="#ids">Ids in a topic</a></li>
<li><a href="#envelope">Around every message</a></li>
<li><a href="#messages">Messages</a><ul>
{contents}
</ul></li>
</ul></nav>
<main>
"""

FOOT = "</main>\n</body>\n</html>\n"

LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} keys",
    "pattern": "matches {}",
}


def contract_page(folder: Path) -> str:
    """Return the page.

    Args:
        folder: Holds ``asyncapi.yaml``, ``schemas`` and ``examples/valid``.
    """
    document = yaml.safe_load((folder / "asyncapi.yaml").read_text(encoding="utf-8"))
    messages = document["components"]["messages"]
    contents = "\n".join(f"<li>{_link(name)}</li>" for name in messages)
    info = {key: escape(str(document["info"][key])) for key in ("title", "version", "description")}
    lines = [HEAD.format(contents=contents, style=LOOK.read_text(encoding="utf-8"), **info)]
    lines += _channels(document)
    lines += _ids(document["components"]["parameters"])
    envelope = _schema(folder, "envelope.json")
    lines += ['<h2 id="envelope">Around every message</h2>', f"<p>{_said(envelope)}</p>"]
    lines += _fields("Fields of every message", envelope)
    lines.append('<h2 id="messages">Messages</h2>')
    for name, message in messages.items():
        lines += _message(folder, name, message["payload"]["$ref"].rpartition("/")[2])
    return "\n".join(lines) + "\n" + FOOT


def _schema(folder: Path, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((folder / "schemas" / name).read_text(encoding="utf-8"))
    return schema


def _channels(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of topics, as the box sees them: what it sends and what it listens to."""
    yield '<h2 id="channels">Channels: who says what where</h2>'
    yield _table_head(
        "Channels", "Topic", "Direction", "QoS", "Retained", "Expires after", "Messages", "About"
    )
    for operation in document["operations"].values():
        channel = document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        mqtt = operation["bindings"]["mqtt"]
        expiry = mqtt.get("messageExpiryInterval")
        yield _row(
            f"<code>{escape(channel['address'])}</code>",
            "from the box" if operation["action"] == "send" else "to the box",
            str(mqtt["qos"]),
            "yes" if mqtt["retain"] else "no",
            "never" if expiry is None else f"{expiry} s",
            "<br>".join(_link(name) for name in channel["messages"]),
            escape(channel["description"]),
        )
    yield "</tbody></table></div>"


def _ids(parameters: Mapping[str, Any]) -> Iterator[str]:
    yield '<h2 id="ids">Ids in a topic</h2>'
    yield _table_head("Ids in a topic", "Id", "Meaning")
    for name, parameter in parameters.items():
        yield _row(f"<code>{{{escape(name)}}}</code>", escape(parameter["description"]))
    yield "</tbody></table></div>"


def _message(folder: Path, name: str, file: str) -> Iterator[str]:
    schema = _schema(folder, file)
    lifetime = schema["properties"].get("ttl_s", {}).get("maximum")
    yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>'
    yield f"<p>{_said(schema)}</p>"
    if lifetime is not None:
        yield f"<p>Lives for at most {lifetime} s.</p>"
    # What is not JSON has no envelope: its schema is that of the decoded map.
    yield from _fields(f"Data of {name}", schema["properties"].get("data", schema))
    example = (folder / "examples" / "valid" / f"{name}.json").read_text(encoding="utf-8")
    yield "<details><summary>An example</summary>"
    yield f'<pre tabindex="0"><code>{escape(example.rstrip())}</code></pre></details>'
    rules = json.dumps(schema, indent=2, ensure_ascii=False)
    yield "<details><summary>The schema, with what depends on what</summary>"
    yield f'<pre tabindex="0"><code>{escape(rules)}</code></pre></details>'


def _fields(caption: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield _table_head(caption, "Field", "Type", "Needed", "Limits", "Meaning")
    for path, field, needed in _walk(schema, ""):
        yield _row(
            f"<code>{escape(path)}</code>",
            _type(field),
            "yes" if needed else "no",
            _limits(field),
            _said(field),
        )
    yield "</tbody></table></div>"


def _walk(schema: Mapping[str, Any], before: str) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Yield every field with its path; ``[]`` is each of a list, ``{…}`` each of a table."""
    for name, field in schema.get("properties", {}).items():
        path = f"{before}{name}"
        yield path, field, name in schema.get("required", ())
        yield from _walk(field, f"{path}.")
        each, entry = field.get("items"), field.get("additionalProperties")
        if isinstance(each, dict):
            yield from _walk(each, f"{path}[].")
        if isinstance(entry, dict):
            yield from _walk(entry, f"{path}.{{…}}.")


def _type(field: Mapping[str, Any]) -> str:
    if "const" in field:
        return f"<code>{escape(json.dumps(field['const']))}</code>"
    if "enum" in field:
        words = (f"<code>{escape(json.dumps(word))}</code>" for word in field["enum"])
        return ", ".join(words)
    kinds = field.get("type", "any")
    text = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    each = field.get("items")
    return f"{text} of {_type(each)}" if isinstance(each, dict) else text


def _limits(field: Mapping[str, Any]) -> str:
    found = []
    for key, words in LIMITS.items():
        if key in field:
            value = escape(str(field[key]))
            found.append(words.format(f"<code>{value}</code>" if key == "pattern" else value))
    return "; ".join(found)


def _said(schema: Mapping[str, Any]) -> str:
    return escape(schema.get("description", ""))


def _link(name: str) -> str:
    return f'<a href="#{escape(name)}"><code>{escape(name)}</code></a>'


def _table_head(caption: str, *columns: str) -> str:
    # A table that is wider than the window can be scrolled with the keyboard, too.
    cells = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<thead><tr>{cells}</tr></thead><tbody>"
    )


def _row(first: str, *others: str) -> str:
    cells = "".join(f"<td>{cell}</td>" for cell in others)
    return f'<tr><th scope="row">{first}</th>{cells}</tr>'


def main() -> None:
    """Write it."""
    PAGE.write_text(contract_page(CONTRACTS), encoding="utf-8")


if __name__ == "__main__":
    main()
