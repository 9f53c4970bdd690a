"""Ship the trained encoders: ``python -m training.expression_export``."""

import typer

from training.expression.export import main

if __name__ == "__main__":
    typer.run(main)
