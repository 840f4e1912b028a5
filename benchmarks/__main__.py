"""``make bench``: every benchmark, one after another. ``python -m benchmarks NAME …`` runs some.

Each prints what it measured beside its peer, in the same run; nothing is asserted about time.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main() -> int:
    """Runs the modules of this folder that have a ``main``."""
    wanted = sys.argv[1:]
    names = [one.name for one in pkgutil.iter_modules(benchmarks.__path__)]
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(names)}.")
        return 2
    for name in wanted or names:
        module = importlib.import_module(f"benchmarks.{name}")
        if name != "__main__" and hasattr(module, "main"):
            print(f"\n== {name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
            sys.argv = [name]
            module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
