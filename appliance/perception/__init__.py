"""From a frame to one observation of one student."""
