"""Weight that changes while a man is simulated: his BMI over time, and what it does to his body."""
