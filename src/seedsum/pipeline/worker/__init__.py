"""The work of a run in a process of its own, so that no document can take the run down with it.

A document that hangs, crashes a library or takes all memory costs the worker's process; the run
starts another, does the others, and reports the one. The run itself never touches a document's
content: it plans, publishes what the worker made, and keeps the records.

`workshop` does the work, `process` is it in another process, `here` is it in this one, `messages`
is what they say to each other, through a `channel`. Only `workshop` imports the stages: the run
starts its worker at once.
"""
