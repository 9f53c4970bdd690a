"""The pages in Debian's Firefox: everything is tried with the real parts."""
