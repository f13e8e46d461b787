"""Tokens of ERC-20, and how an ABI is written down by hand."""

from __future__ import annotations

from typing import Any

__all__ = ["ERC20_ABI", "abi_function"]


def abi_function(name: str, inputs: str, output: str = "", mutability: str = "nonpayable") -> dict[str, Any]:
    """An entry of an ABI. `inputs` as in Solidity: "address owner, uint256 amount"."""
    parameters = [dict(zip(("type", "name"), item.split(), strict=True)) for item in inputs.split(", ") if item]
    return {
        "type": "function",
        "name": name,
        "inputs": parameters,
        "outputs": [{"type": output, "name": ""}] if output else [],
        "stateMutability": mutability,
    }


ERC20_ABI = [
    abi_function("approve", "address spender, uint256 amount", "bool"),
    abi_function("transfer", "address to, uint256 amount", "bool"),
    abi_function("allowance", "address owner, address spender", "uint256", "view"),
    abi_function("balanceOf", "address owner", "uint256", "view"),
    abi_function("decimals", "", "uint8", "view"),
]
