"""One self-contained, linear file per model: a record of what was done to it."""
