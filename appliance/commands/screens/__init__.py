"""``classbox screens``: pages for students, teachers and IT, and who may come in."""
