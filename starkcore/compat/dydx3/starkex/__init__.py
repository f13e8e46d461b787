"""The old client's StarkEx messages."""
