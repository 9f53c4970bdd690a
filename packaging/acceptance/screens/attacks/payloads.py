"""What becomes markup or a script where somebody has forgotten to keep it text."""

import json
from pathlib import Path

HIT = "window.hacked=(window.hacked||0)+1"
AWAY = "https://evil.example"

PAYLOADS = (
    f'<script>{HIT}</script><script src="{AWAY}/a.js"></script>',
    f'<img src=x onerror="{HIT}"><img src="{AWAY}/a.png">',
    f"<svg/onload={HIT}><svg><script>{HIT}</script></svg>",
    f'"><x-evil onfocus={HIT} autofocus tabindex=1>',
    f"' onmouseover='{HIT}' style='background:url({AWAY}/b)' x='",
    f'<iframe srcdoc="<script>parent.{HIT}</script>"></iframe><object data="{AWAY}"></object>',
    f"javascript:{HIT}//https://",
    f"{{ $seat }} {{ -brand }} {{ MESSAGE() }} \\u003cscript\\u003e{HIT}",
    (
        f'</title></style></textarea></script><base href="{AWAY}/">'
        f'<meta http-equiv=refresh content="0;url={AWAY}">'
    ),
    f'<form action="{AWAY}"><button autofocus>x</button></form><a href="javascript:{HIT}">x</a>',
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;<img src onerror={HIT}>'>",
    '__proto__","constructor":{"prototype":{"hacked":1}},"x":"',
    f"\u202e\u2066\u0000\r\nevent: state\r\ndata: {{}}\r\n\r\n<x-evil>{HIT}",
    f"${{{HIT}}}{{{{{HIT}}}}}<%={HIT}%>#{{{HIT}}}",
    f"data:text/html,<script>{HIT}</script>",
    f"&lt;script&gt;{HIT}&lt;/script&gt;&#60;img src=x onerror={HIT}&#62;",
    "__proto__",
    "constructor",
)
"""After the cheat sheets of OWASP and PortSwigger; the last ones are names that objects have."""

GUARD = """
window.evils = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.evils.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
for (const name of ["alert", "confirm", "prompt"])
  window[name] = () => window.evils.push(name);
"""
"""Runs before a page does."""

LOOK = """
() => {
  const tags = "iframe,object,embed,base,frame,applet,x-evil,math,mglyph,style,meta[http-equiv],"
    + "form[action],script:not([src]),script:not([integrity]),img[src=x],table table,template";
  const found = [...document.querySelectorAll(tags)].map((one) => one.outerHTML.slice(0, 120));
  for (const one of document.querySelectorAll("*"))
    for (const { name, value } of one.attributes) {
      const link = ["href", "src", "action", "formaction", "srcdoc", "style"].includes(name);
      if (name.startsWith("on") || (link && /^\\s*(javascript|data):|evil\\.example/i.test(value)))
        found.push(`${one.tagName} ${name}=${value}`.slice(0, 120));
    }
  if (window.hacked || {}.hacked) found.push("ran");
  return [...found, ...window.evils.splice(0)];
}
"""
"""Returns what should not be there."""


def write_files(folder: Path) -> str:
    """Write what a school's files can bring along; return more of ``screens.toml``."""
    content, texts = folder / "content", folder / "more-texts"
    texts.mkdir(parents=True)
    for number, payload in enumerate(PAYLOADS):
        topic = content / f"topic-{number}"
        topic.mkdir(parents=True)
        plain = payload.replace("\x00", "").replace("\r\n", " ")
        for kind in ("hint", "content"):
            text = f"{plain}\n\n{plain}\n\n{plain}\n"
            (topic / f"{kind}.txt").write_text(text, encoding="utf-8")
            # A picture whose first bytes are one, and whose rest is a page.
            (topic / f"{kind}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + payload.encode())
        link = plain if number % 2 else f"https://evil.example/{plain}"
        (topic / "link.txt").write_text(link, encoding="utf-8")
    named = content / "x'onerror='hacked=1"
    named.mkdir()
    (named / "hint.txt").write_text("A\n\nB\n", encoding="utf-8")
    evil = PAYLOADS[1]
    (texts / "xx.ftl").write_text(
        f"# name: {evil}\n# direction: {evil}\n\nbrand = {evil}\nseat-title = {evil}\n"
        f"why-hint = {evil}\nteacher-title = {evil}\n    .aria-label = {evil}\n"
        f"    .onclick = {HIT}\n    .href = javascript:{HIT}\n    .srcdoc = {evil}\n"
        f"box-heading = {evil}\n    .style = color:red\n",
        encoding="utf-8",
    )
    return (
        f'texts = "{texts}"\n[content]\nfolder = {json.dumps(str(content))}\n'
        'link = "https://lms.school.example/?q={topic}"\n'
    )
