"""Reports of one or several runs: `terminal` and `markdown` tables, and a `page` to look at.

All three take `view.RunView`s, which hold finished numbers: nothing here scores an answer or bootstraps a metric.
"""
