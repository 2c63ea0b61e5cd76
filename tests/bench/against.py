"""Another commit of glossd beside this one: './dev bench --against COMMIT'.

Its program is built below build/bench/against, once for each commit. Each round runs it and ours on
the same log, so that a machine that is slow for a while is slow for both, and gives one ratio. Where
the middle one of all possible rounds would lie is told by the spread of those that were made: between
low and high in four of five cases. A row is worse when low is more than 2 % above 1. By chance that may
be one row in ten, so the caller measures such rows again.
"""

import math
import shutil
import subprocess
from statistics import median

WORSE = 1.02


def commit_of(root, name):
    """Its full hash, or None."""
    found = subprocess.run(["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"], cwd=root,
                           capture_output=True, text=True)
    return found.stdout.strip() or None


def build(root, commit):
    """The path of that commit's program, as ./dev build would make it. From an archive of the commit:
    nothing of it is left in the repository."""
    tree = root / "build/bench/against" / commit
    program = tree / "build/release/glossd"
    if not program.exists():
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=root, stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "-xf", "-"], cwd=tree, input=archive.stdout, check=True)
        for command in (["cmake", "--preset", "release"], ["ninja", "-C", "build/release", "glossd"]):
            ran = subprocess.run(command, cwd=tree, capture_output=True, text=True)
            if ran.returncode != 0:
                raise RuntimeError(f"{commit} cannot be built: {(ran.stdout + ran.stderr)[-2000:]}")
    return program


class Both:
    """What our program took in each round, and what the other one did. Arithmetic is done on each."""

    def __init__(self, ours, theirs):
        self.ours, self.theirs = list(ours), list(theirs)

    @staticmethod
    def joined(values):
        """Of several with some rounds each, one with all of them."""
        return Both([o for v in values for o in v.ours], [t for v in values for t in v.theirs])

    def _each(self, function, other):
        if isinstance(other, Both):
            return Both(map(function, self.ours, other.ours), map(function, self.theirs, other.theirs))
        return Both([function(o, other) for o in self.ours], [function(t, other) for t in self.theirs])

    def __sub__(self, other):
        return self._each(lambda a, b: a - b, other)

    def __truediv__(self, other):
        return self._each(lambda a, b: a / b, other)

    def __rtruediv__(self, other):
        return self._each(lambda a, b: b / a, other)

    def at_least(self, floor):
        return self._each(max, floor)

    def ratios(self):
        """One for each round; sorted."""
        return sorted(o / t for o, t in zip(self.ours, self.theirs) if t > 0) or [1.0]

    def row(self, work, unit):
        ratios = self.ratios()
        rank = max(0, int(len(ratios) / 2 - 0.65 * math.sqrt(len(ratios))))
        low, high = ratios[rank], ratios[-1 - rank]
        return {"work": work, "unit": unit, "ours": median(self.ours), "theirs": median(self.theirs),
                "ratio": median(ratios), "low": low, "high": high, "worse": low > WORSE}
