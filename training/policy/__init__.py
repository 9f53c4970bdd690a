"""An environment in which a policy can learn from simulated students."""
