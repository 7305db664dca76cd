"""Runs: parameters checked, stages executed, results published; whole or not at all."""
