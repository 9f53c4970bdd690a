"""Pictures for people: the one package that knows matplotlib."""
