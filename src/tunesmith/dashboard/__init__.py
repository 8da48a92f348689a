"""The live page of a storage: reads on loopback, behind a token; writes only where that was allowed."""
