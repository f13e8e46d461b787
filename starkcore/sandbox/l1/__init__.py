"""The contracts of the exchange on Ethereum, for a local node: sources, their compiled form, and how to deploy them.

`contracts.json` is what Vyper makes of the sources beside it; a test compiles them again and compares. Deploying needs
web3 and no compiler.
"""

from starkcore.sandbox.l1.deploy import Deployment, compile_contracts, deploy, registration_digest

__all__ = ["Deployment", "compile_contracts", "deploy", "registration_digest"]
