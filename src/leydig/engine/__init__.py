"""The engine: men, drugs and plans in, levels out."""
