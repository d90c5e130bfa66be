"""The mini world: small embedded data in the official format of each benchmark."""
