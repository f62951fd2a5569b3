"""The words of the house, and nothing else.

Everything here is a frozen value, an enum or a pure function over them. No module in this package reads a
clock, a socket, a file or the environment; ``lint-imports`` holds us to it.
"""
