"""What comes from other hosts, and how it is read."""
