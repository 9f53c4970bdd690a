"""Train the expression encoder: ``python -m training.expression``."""

from training.expression.recipe import Args
from training.expression.train import train
from training.options import run_recipe

if __name__ == "__main__":
    run_recipe(train, Args)
