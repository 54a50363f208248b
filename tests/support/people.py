"""Keys made once per run, for tests that are about something else."""

from functools import cache

from node.actors.keys import KeyPair, generate


@cache
def some_keys() -> KeyPair:
    return generate()
