"""What it costs to move records with the whole trail on, as ratios to doing the same by hand, within one run.

`./dev bench` (--only, --customers, --orders, --calls, --rounds, --json). Figures are medians over the rounds.
The machine is never to blame: what is compared ran in the same minute on the same sandboxes.

`scenarios` says what is played, `play` how, on a `ground` of processes as in production, against a `floor`;
`trail` times the audit trail inside the workers; `hooks` is about receiving webhooks.
"""
