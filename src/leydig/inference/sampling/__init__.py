"""How the posterior is drawn from: a Laplace approximation with weights, and tempered draws where these fail."""
