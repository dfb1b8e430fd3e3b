"""From sources to published pairs: plan, feed the worker, publish, report."""
