"""Segments of many documents -> English segments, checked, flagged ones tried again."""
