"""seedsum: translate and summarise folders of articles, with provenance for every sentence."""

__version__ = "0.1.0"
