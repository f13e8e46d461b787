"""What a signer must know of each exchange on StarkEx, a file an exchange: data only, which `Venue` makes values of."""
