"""What can be told of effects from choices on record, and how surely."""
