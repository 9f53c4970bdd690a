# name: English
# direction: ltr

## Every page

product = Classroom Box
language =
    .aria-label = Language
skip = Go to the main part
offline = The connection is interrupted. We keep trying.
