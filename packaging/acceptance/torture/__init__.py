"""Does a box whose process is killed lose a decision, a replay or its policy?"""
