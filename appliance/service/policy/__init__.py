"""The learned policy on the box: where it begins, how it learns, what it says about itself."""
