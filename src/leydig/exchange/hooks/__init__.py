"""CDS Hooks 2.0 as pure functions: a request in, cards out; nothing is asked of a network and nothing is kept.

`services` says which services there are and what they want to be sent, `request` reads what came, `cards` says it in
cards, `response` is the way in.
"""
