"""What `manage.py bench` measures: one file for each measurement; those of `bench jobs` are on `ground.Ground`."""
