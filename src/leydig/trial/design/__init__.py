"""The design of a trial: who is enrolled, what each arm gets, how arms are compared, and how many men it takes."""
