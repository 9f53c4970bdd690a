"""Pages for students, teachers and IT; a process of its own."""
