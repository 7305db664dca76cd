"""Pythons of other packages to time beside: what they need is asked for before anything is timed."""

import argparse
import subprocess


def python_with(*modules):
    """Return a type of argument: the path of a Python that can import these."""

    def checked(python):
        try:
            done = subprocess.run([python, "-c", f"import {', '.join(modules)}"], capture_output=True)
        except OSError as error:
            raise argparse.ArgumentTypeError(f"{python} cannot be run: {error.strerror}") from error
        if done.returncode:
            named = " and ".join(modules)
            raise argparse.ArgumentTypeError(f"{python} cannot import {named}: install that there")
        return python

    return checked
