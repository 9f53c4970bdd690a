"""What runs on a sensor; ``service.sensors`` and ``intake`` are how its decider sees it."""
