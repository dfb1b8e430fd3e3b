"""The desk: a page in the browser on which people check sentences and correct them.

`view` makes of a record and what was said of it what there is to see (pure); `workplace` reads and
saves for one output folder; `server` answers the page's requests, on this machine only; `page/`
is the page itself. The desk writes reviews and nothing else; what they change, a run changes.
"""
