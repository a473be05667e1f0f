"""The doors vendors knock at: receive, judge, store, answer. What it means is read later (`engine.hints`)."""
