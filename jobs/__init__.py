"""Verbs: each module is one batch job, run with `python jobs/NAME.py` or `ray job submit`."""
