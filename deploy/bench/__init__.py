"""`make bench`: what the system costs, against bare baselines measured in the same run."""
