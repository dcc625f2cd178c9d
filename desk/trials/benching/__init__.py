"""What `manage.py bench jobs` measures: one file for each measurement, all on `ground.Ground`."""
