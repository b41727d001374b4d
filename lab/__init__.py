"""Simulators that tests, the benchmark and `make lab` push to; never used in production."""
