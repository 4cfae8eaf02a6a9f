"""HTTP: what comes with a request, who asks, how it is answered, and the headers of every answer."""
