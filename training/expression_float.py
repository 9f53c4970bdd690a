"""Write a float encoder: ``python -m training.expression_float``."""

import typer

from training.expression.float_encoder import main

if __name__ == "__main__":
    typer.run(main)
