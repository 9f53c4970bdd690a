"""BlazePose: detector, region, landmarks, tracking."""
