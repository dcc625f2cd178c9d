"""Trials with real processes, each in a folder of its own: what the benchmarks, chaos and the journeys stand on."""
