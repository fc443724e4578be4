"""DAWN (Cheng et al. 2024, arXiv 2410.13726): a portrait talks through optical flow that is denoised for all frames at
once."""
