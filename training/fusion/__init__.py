"""How the fusion model is trained and measured."""
