"""What `manage.py chaos` does to a Pressroom of its own: faults at random from a seed, then the invariants."""
