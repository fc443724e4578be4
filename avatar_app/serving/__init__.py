"""The shell around the page where others can reach it: who may ask, how much, and what is left behind."""
