"""Nouns: paintings, embeddings, comparators, orders; everything the jobs and the service share."""
