"""Placeholder for now."""


def measure(stack, given):
    return {}
