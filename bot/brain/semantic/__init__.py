"""Sentence vectors beside the words: an extra that nothing needs."""
