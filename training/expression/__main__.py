"""Train the expression encoder: ``python -m training.expression``."""

import typer

from training.expression.train import main

if __name__ == "__main__":
    typer.run(main)
