"""The old client's helpers."""
