"""Does a picture ever leave memory? Known pictures before the cameras, then a search for them."""
