"""How the posterior is drawn from: ensemble regression with weights, and tempered draws where these fail."""
