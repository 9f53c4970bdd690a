"""Who may come in: accounts, enrolled terminals, their sessions, and what they did."""
