"""Bad cameras, a broker that restarts, hours: what a box has to live through."""
