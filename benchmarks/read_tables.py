"""Time the reading of ten million transactions beside DuckDB's plain read of the same CSV file.

Run it as ``.venv/bin/python benchmarks/read_tables.py [--rows 10000000] [--rounds 5]``. Both run in turn
in fresh processes, with two threads and a memory limit of 1 GB. It prints medians of seconds, processor
seconds and the peak memory; ratios within one run are what counts, machines differ.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

THREADS, MEMORY = 2, "1GB"
COLUMNS = {
    "narrow": {
        "customer_id": "'C' || lpad((hash(n) % 200000)::VARCHAR, 7, '0')",
        "order_id": "'O' || lpad(n::VARCHAR, 9, '0')",
        "order_time": "strftime(TIMESTAMP '2022-01-01' + to_seconds((n * 25 + hash(n + 77) % 20)::BIGINT), "
        "'%Y-%m-%d %H:%M:%S')",
        "amount": "((hash(line * 31 + 5) % 20000 + 50) / 100)::DECIMAL(10, 2)",
    }
}
COLUMNS["wide"] = COLUMNS["narrow"] | {
    "product_id": "'P' || (hash(line * 17 + 3) % 50000)",
    "quantity": "1 + hash(line * 13 + 1) % 4",
    "channel": "['shop', 'web', 'app'][1 + (hash(n * 7) % 3)::INTEGER]",
}
TYPES = {"order_time": "TIMESTAMP", "amount": "DECIMAL(18, 4)", "quantity": "DECIMAL(18, 4)"}

MEASURED = """
import datetime, json, os, resource, time
from pathlib import Path
import duckdb
from segnb.tables.declare import Data
from segnb.tables.read import read
folder = Path("{scratch}")
settings = {{"threads": {threads}, "memory_limit": "{memory}"}}
before, start = os.times(), time.perf_counter()
{body}
seconds, after = time.perf_counter() - start, os.times()
cpu = after.user + after.system - before.user - before.system
print()
print(json.dumps([seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]))
"""
PLAIN = """
con = duckdb.connect(config={{**settings, "temp_directory": str(folder / "spill")}})
source = "read_csv('{file}', header=true, auto_detect=false, columns={types})"
con.execute("CREATE TABLE t AS SELECT * FROM " + source)
"""
READ = """
data = Data.model_validate({{"transactions": {{"source": "{file}", {declared}}}}})
tables = read(data, as_of=datetime.date(2026, 12, 31), root=folder, cache=folder, **settings)
assert tables.intake.tables["transactions"].rows_used == {rows}
"""


def make(path, rows, columns):
    """Write lines of orders, about three an order, as they would be exported: by time."""
    listed = ", ".join(f"{sql} AS {column}" for column, sql in columns.items())
    orders = f"SELECT line, line * 7 // 20 AS n FROM range({rows}) AS lines(line)"
    with duckdb.connect(config={"threads": THREADS}) as con:
        con.execute(f"COPY (SELECT {listed} FROM ({orders})) TO '{path}' (FORMAT csv, HEADER)")


def measured(body, **values):
    """Run Python code in a fresh process; return its seconds, processor seconds and GiB."""
    with tempfile.TemporaryDirectory(dir=values["folder"]) as scratch:
        code = MEASURED.format(body=body.format(**values), scratch=scratch, threads=THREADS, memory=MEMORY)
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    # DuckDB may draw its progress before.
    return json.loads(done.stdout.splitlines()[-1])


def compare(name, columns, rows, rounds, folder):
    file = Path(folder) / f"{name}.csv"
    make(file, rows, columns)
    values = {
        "file": file,
        "folder": folder,
        "rows": rows,
        "types": {column: TYPES.get(column, "VARCHAR") for column in columns},
        "declared": ", ".join(f"{column!r}: {column!r}" for column in columns),
    }
    plain, read = zip(
        *((measured(PLAIN, **values), measured(READ, **values)) for _ in range(rounds)), strict=True
    )
    for label, runs in ((f"{name}: DuckDB's plain read", plain), (f"{name}: checked, cleaned, kept", read)):
        seconds, cpu, memory = (statistics.median(each) for each in zip(*runs, strict=True))
        print(f"{label:<34} {seconds:7.2f} s {cpu:7.2f} cpu s {memory:6.2f} GiB", flush=True)
    wall, cpu = (statistics.median(b[k] / a[k] for a, b in zip(plain, read, strict=True)) for k in (0, 1))
    print(f"  ratio: {wall:.1f} in seconds, {cpu:.1f} in processor seconds")
    file.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, columns in COLUMNS.items():
            compare(name, columns, asked.rows, asked.rounds, folder)


if __name__ == "__main__":
    main()
