"""Train the fusion model: ``python -m training.fusion``."""

from training.fusion.train import main

if __name__ == "__main__":
    main()
