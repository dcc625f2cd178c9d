"""What `manage.py doctor` looks at: is everything there that Pressroom needs, and what mends it."""
