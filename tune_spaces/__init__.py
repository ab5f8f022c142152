"""Search spaces, one module per model, as plain Ray Tune expressions."""
