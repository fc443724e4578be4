"""Networks by which papers measure films (FID, FVD, LSE), with weights that a user has fetched."""
