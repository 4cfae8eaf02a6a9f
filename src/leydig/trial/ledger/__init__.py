"""The ledger of a trial: every decision in one line, written as it falls, and proved by making it again."""
