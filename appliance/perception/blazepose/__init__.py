"""BlazePose as MediaPipe 0.10.21 runs it: detect once, then follow the landmarks."""
