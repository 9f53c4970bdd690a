"""Pages for students, teachers and IT, and what covers a screen; a process of its own."""
