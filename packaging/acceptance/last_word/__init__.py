"""Is whoever said no last obeyed, whatever happens to the box?"""
