"""The service: a Ray Serve graph over lib, and its web page."""
