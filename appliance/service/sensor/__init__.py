"""Role ``sense``: looks and sends tokens; ``service.sensors`` is the decider's view of it."""
