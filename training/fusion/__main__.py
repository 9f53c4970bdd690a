"""Train the fusion model: ``python -m training.fusion``."""

from training.fusion.recipe import Args
from training.fusion.train import main
from training.options import run_recipe

if __name__ == "__main__":
    run_recipe(main, Args)
