"""Is a command lost, shown late or applied twice while the broker and the box are killed?"""
