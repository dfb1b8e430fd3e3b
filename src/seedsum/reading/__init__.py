"""Bytes of a source -> `Document`: blocks with roles, languages and sentences."""
