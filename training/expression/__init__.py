"""How the expression encoder is trained and shipped."""
