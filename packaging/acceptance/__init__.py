"""What is proved on a whole machine, for as long as it takes."""
