"""What somebody who points a camera needs to know: numbers of one picture, never the picture."""
