"""Workers on a cluster, by Ray: a run hands windows of documents to them, and nothing else.

`crew` is what the run sees; `actor` runs on the cluster, one for each worker, holds a worker's
process as the run would on one machine, and publishes what it makes; `node` finds on that machine
what the run found on its own. Ray starts actors and says when one is gone. Plain actors and not Ray
Data, whose reader wants cores of its own beside theirs.
"""
