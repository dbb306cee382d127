"""`make bench`: what the plugins cost, each figure beside its yardstick in the same run."""
