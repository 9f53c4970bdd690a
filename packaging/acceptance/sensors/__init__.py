"""Do sensors and a decider do what one box does, and how many sensors can one decider take?"""
