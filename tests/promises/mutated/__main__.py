"""``python -m tests.promises.mutated``: 500 exports changed as offices change them: none breaks, none loses a row.

Every fault is printed with its seed, how each import ended is counted, and the exit code is 1 where there is a fault.
"""

import argparse
import os
import re
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from tests.promises.mutated.trial import trial


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.promises.mutated", description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="how many files")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first")
    given = parser.parse_args()
    ended: Counter[str] = Counter()
    longest, failed = 0.0, 0
    for seed in range(given.first, given.first + given.count):
        with TemporaryDirectory() as folder:
            done = trial(seed, Path(folder))
        ended[re.sub(r":.*", "", done.ended, flags=re.S)] += 1
        longest = max(longest, done.seconds)
        if done.faults:
            failed += 1
            print(f"{done.seed} {done.what}\n  {done.ended}\n  " + "\n  ".join(done.faults), flush=True)
    print(f"{given.count} files: {failed} with a fault; {dict(ended.most_common())}; the longest took {longest:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
