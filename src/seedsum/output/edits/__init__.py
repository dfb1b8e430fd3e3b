"""What a person changed in the Markdown of a pair, sentence by sentence; pure.

`pieces` takes a file apart by its Markdown, so that white space, wrapped lines and the style of
escapes are no change; `finding` compares it with what was written there, and `left` says what of it
is no sentence.
"""

from __future__ import annotations

from seedsum.output.edits.finding import Edits, find_edits

__all__ = ["Edits", "find_edits"]
