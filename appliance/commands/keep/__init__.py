"""Commands that keep a box: its backup, and back from one."""
