"""Compare input sides: ``python -m training.expression_sides``."""

import typer

from training.expression.sides import main

if __name__ == "__main__":
    typer.run(main)
