"""Attacks on real processes, as somebody without a right would try them: what is asked of each is that nothing gets through.

An attack is a module of this package that holds an `ATTACK`, and its name in `NAMES`; it is told the `Ground` (every process of the
service, both simulators, shops that are connected) and answers a `Count`. `make attack` carries them out at size.
"""
