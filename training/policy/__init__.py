"""How the policy that ships is taught and judged, on simulated students."""
