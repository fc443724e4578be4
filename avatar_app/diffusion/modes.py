"""Names of guidance modes, for whoever must not load torch."""

GUIDANCE_MODES = ("incremental", "independent")
