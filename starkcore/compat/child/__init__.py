"""What child processes of `python -m starkcore.compat` start with: this folder is on their PYTHONPATH."""

__all__ = ["VARIABLE"]

VARIABLE = "STARKCORE_COMPAT"
"""The environment's variable with the names of the libraries."""
