# name: Deutsch
# direction: ltr

## Jede Seite

product = Classroom Box
language =
    .aria-label = Sprache
skip = Zum Hauptteil
offline = Die Verbindung ist unterbrochen. Wir versuchen es weiter.
