"""What came of long work, as a job holds it: a forecast of virtual men, and a calibration."""

HOSTILE = "<script>alert(1)</script> \x1b[31m \u202e=cmd()|'/c calc'!A0 <b onclick=x style=y>\""
POPULATION = {
    "kind": "obesity", "seed": 1, "age": [20.0, 50.0], "bmi": [30.0, 45.0], "men": 20, "weeks": [0.0, 2.0, 4.0],
    "protocol": "anastrozole", "region": "", "notes": ["true levels", HOSTILE],
    "courses": [
        {"regimen": regimen, "uncovered": HOSTILE, "solved": 19, "failed": {"7": "it broke"},
         "levels": {"testosterone": {"title": "Testosterone", "unit": "ng/dL"}
                    | {f"q{share:02d}": [300.0 + share, 310.0 + share, None] for share in (5, 25, 50, 75, 95)}},
         "shares": [{"of": of, "conditions": [HOSTILE], "values": [0.0, 0.5, None]}
                    for of in ("joint band", "below the floor", "above the limit")]}
        for regimen in ("nothing", "anastrozole 1 mg daily", "clomiphene 25 mg daily")
    ],
}  # fmt: skip
NUMBER = {"best": 1.0, "low": 0.5, "high": 2.0, "median": 1.1, "rhat": 1.3, "ess": None, "contraction": 0.05}
CALIBRATION = {
    "size": "rehearsal", "draws": 200, "studies": ["a", "b"], "values": 9, "seed": 1, "starts": 1, "steps": 200,
    "structure": HOSTILE, "numbers": {"body.testis.half_lh": NUMBER},
    "structures": {HOSTILE: {"weight": 1.0, "elpd": -9.0, "log_posterior": -8.0, "rhat": 1.3, "pareto_k": None,
                             "title": HOSTILE}},
}  # fmt: skip
