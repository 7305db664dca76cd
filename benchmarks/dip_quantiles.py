"""Simulate the quantiles of the dip of uniform samples, as they stand in the package.

Run it as ``.venv/bin/python benchmarks/dip_quantiles.py > quantiles.py``, bring that into shape with ``ruff
format`` and put it in the place of ``segnb/clustering/dip_quantiles.py``. Equal numbers of draws and
equal versions of NumPy give equal files; it takes some minutes.
"""

import argparse

import numpy as np

from segnb.clustering.dip import dip
from segnb.clustering.fit import draws

SIZES = (20, 30, 50, 100, 200, 500, 1000, 2500, 5000)
LEVELS = (
    0,
    0.01,
    0.05,
    0.1,
    0.2,
    0.3,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.85,
    0.9,
    0.93,
    0.95,
    0.97,
    0.98,
    0.99,
    0.995,
    0.999,
)
DRAWS = 40_000
HEAD = '''"""Quantiles of the root of n times the dip of n uniform numbers: {draws:,} samples of each size.

Made by ``benchmarks/dip_quantiles.py``. A frequency of .05 is known to within .0011 (one standard error).
"""

LEVELS = {levels}
QUANTILES = {{'''


def quantiles(size, count=DRAWS):
    """Return the quantiles of root n times the dip for samples of one size."""
    random = draws(size, 1985)
    return np.quantile([np.sqrt(size) * dip(random.random(size)) for _ in range(count)], LEVELS)


def main():
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    print(HEAD.format(draws=DRAWS, levels=LEVELS))
    for size in SIZES:
        print(f"    {size}: {tuple(round(float(each), 4) for each in quantiles(size))},")
    print("}")


if __name__ == "__main__":
    main()
