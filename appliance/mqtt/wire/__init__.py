"""The session with the broker; the only package that knows paho."""
