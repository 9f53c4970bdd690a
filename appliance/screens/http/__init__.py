"""What every page stands on: who asks, what may be asked how often, streams, files, texts."""
