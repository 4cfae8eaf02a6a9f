"""Rewrite the frozen courses and print what moved, in clinical units."""

import json

import leydig as ly
from tests.golden.courses import FILE, WEEKS, frozen, predicted


def main() -> None:
    """Print every value that moved by more than a thousandth, and write the new ones."""
    old = frozen() if FILE.exists() else {}
    new = predicted()
    moved = 0
    for name, analytes in new.items():
        for analyte, values in analytes.items():
            before = old.get(name, {}).get(analyte)
            for week, value, was in zip(WEEKS, values, before or values, strict=True):
                if abs(value - was) > 1e-3 * abs(was):
                    moved += 1
                    print(f"{name}: {analyte} at week {week}: {was:.4g} to {value:.4g} {ly.analytes[analyte].us}")
    FILE.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    print(f"{moved} figures moved. If any did, add an entry under 'Changed predictions' in CHANGELOG.md.")


if __name__ == "__main__":
    main()
