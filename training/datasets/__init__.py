"""One reader per data set, and the teacher that labels faces."""
