# The same commands for fingers that type make: `make run` is ./dev run, `make demo JSON=1` is ./dev demo --json.
.PHONY: help run demo test check bench fmt

help:
	@./dev help

run test check bench fmt:
	@./dev $@ $(ARGS)

demo:
	@./dev demo $(if $(JSON),--json) $(ARGS)
