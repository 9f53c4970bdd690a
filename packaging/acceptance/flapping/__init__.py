"""Does the status tell the truth, and no more than that, about a camera that comes and goes?"""
