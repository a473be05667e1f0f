"""What it costs to move records with the whole trail on, as ratios to doing the same by hand, within one run.

`./dev bench` (--customers, --orders, --rounds, --json). Figures are medians over the rounds. The machine is
never to blame: what is compared ran in the same minute on the same sandboxes.
"""
