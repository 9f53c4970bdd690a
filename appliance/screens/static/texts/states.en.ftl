# Served only where the box's policy profile tells these states apart. They stand nowhere else.

state-focused = focused
state-confused = confused
state-bored = bored
