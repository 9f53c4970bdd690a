"""Score an optimal observer: ``python -m training.ceiling``."""

import typer

from training.ceiling.bayes import main

if __name__ == "__main__":
    typer.run(main)
