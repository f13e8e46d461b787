"""The commands of `starkcore …` that need more than the core. `starkcore.cli` puts them together."""
