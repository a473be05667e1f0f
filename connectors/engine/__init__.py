"""The engine: observe (read -> map -> desired) and deliver (desired -> vendor -> confirmed).

Both work in short slices under leases.

Read it in this order: `advance`, `pages`, `deliver`, `lanes`, `runs`.
"""
