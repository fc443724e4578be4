"""The page. No maths here: it asks `generate` and shows what comes."""

import os

# Before gradio is imported anywhere below: it would report to its makers' server at import otherwise.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
