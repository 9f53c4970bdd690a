"""How the files and the environment become one tree, and what is wrong with it in words."""
