"""A trial as the tables of a statistician, in the manner of CDISC ADaM: ADSL, ADLB, ADEX, and their dictionary."""

from leydig.exchange.adam.write import write_trial_tables

__all__ = ["write_trial_tables"]
