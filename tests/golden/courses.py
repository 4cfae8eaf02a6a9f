"""A dozen courses whose predictions are frozen: men and regimens, and what is kept of them."""

import json
import warnings
from pathlib import Path

import leydig as ly

FILE = Path(__file__).with_name("courses.json")
WEEKS = (0, 1, 4, 12, 26)
ANALYTES = (
    "testosterone",
    "estradiol",
    "lh",
    "fsh",
    "shbg",
    "inhibin_b",
    "intratesticular_testosterone",
    "sperm_concentration",
    "total_motile_count",
    "hematocrit",
    "spine_bmd",
)
SHAH = {
    "age": 34,
    "bmi": 28.7,
    "testosterone": "271 ng/dL",
    "estradiol": "32 pg/mL",
    "lh": "3.4 IU/L",
    "fsh": "4.8 IU/L",
}
HEALTHY = {"age": 30}
DEFICIENT = {"age": 25, "testosterone": "50 ng/dL", "estradiol": "8 pg/mL", "lh": "0.4 IU/L", "fsh": "0.6 IU/L"}
COURSES = {
    "untreated": (SHAH, ""),
    "anastrozole daily": (SHAH, "anastrozole 1 mg daily for 22 weeks"),
    "anastrozole low": (SHAH, "anastrozole 0.5 mg twice weekly"),
    "letrozole": (HEALTHY, "letrozole 2.5 mg daily for 12 weeks"),
    "exemestane": (HEALTHY, "exemestane 25 mg daily for 4 weeks"),
    "clomiphene": (SHAH, "clomiphene 25 mg daily"),
    "combination": (SHAH, "anastrozole 0.25 mg daily + clomiphene 25 mg daily from week 4 for 12 weeks"),
    "tamoxifen with anastrozole": (SHAH, "tamoxifen 20 mg daily + anastrozole 1 mg daily"),
    "pulses": (DEFICIENT, "gonadorelin 10 ug every 90 minutes"),
    "continuous": (HEALTHY, "gonadorelin 10 ug/h continuous for 8 weeks"),
    "gonadotropins": (DEFICIENT, "hcg 1500 IU twice weekly + follitropin 150 IU three times weekly"),
    "suppression and recovery": (HEALTHY, "testosterone enanthate 200 mg weekly for 12 weeks then nothing"),
}


def predicted() -> dict:
    """Return every frozen figure as the model predicts it now, in US units."""
    found = {}
    for name, (man, regimen) in COURSES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ly.LeydigWarning)
            course = ly.simulate(ly.Man(**man), regimen, weeks=WEEKS[-1], tolerance=1e-8)
        found[name] = {
            analyte: [float(f"{float(course[analyte].at(week=week)):.8g}") for week in WEEKS] for analyte in ANALYTES
        }
    return found


def frozen() -> dict:
    """Return the frozen figures."""
    return json.loads(FILE.read_text(encoding="utf-8"))
