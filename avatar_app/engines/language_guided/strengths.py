"""How far wishes go."""

MEDIUM = 0.65  # strength of what is asked for without a word for how much
FULL = MEDIUM / 0.9  # strength at which wishes are acted at full size: a plain one is nearly so
