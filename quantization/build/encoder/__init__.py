"""The expression encoder: its faces, its forms, what they score."""
