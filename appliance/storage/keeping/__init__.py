"""What outlives a database: refusals, copies, backups, and the way back from them."""
