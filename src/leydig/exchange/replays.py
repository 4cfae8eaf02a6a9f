"""Replays of published studies as one tidy table: a published value beside its prediction in each row."""

from collections.abc import Sequence
from pathlib import Path

from leydig.evidence.replay import Prediction
from leydig.exchange.table_file import TableColumn, write_table

__all__ = ["REPLAY_COLUMNS", "write_predictions"]

REPLAY_COLUMNS = (
    TableColumn("study", "Study, by its id in the catalogue"),
    TableColumn("role", "Whether a fit may read it", codes="calibration; held-out: no fit read it"),
    TableColumn("arm", "Arm of the study"),
    TableColumn("analyte", "What was measured"),
    TableColumn("form", "How the value is published, such as a level or a ratio to baseline"),
    TableColumn("unit", "Unit of observed, predicted, low, high; empty for a ratio or a share"),
    TableColumn("week", "Week of treatment", "number", "week"),
    TableColumn("observed", "Published value", "number", "unit"),
    TableColumn("predicted", "Prediction; empty where nobody was solved", "number", "unit"),
    TableColumn("low", "Lower end of the 90 % interval of what an arm of this size would show", "number", "unit"),
    TableColumn("high", "Upper end of it", "number", "unit"),
    TableColumn("inside", "Whether the published value lies in it", "whole", codes="1 yes, 0 no"),
    TableColumn("log_ratio", "Natural logarithm of predicted over observed", "number"),
    TableColumn("standardized", "Published minus predicted, in standard deviations of the noise", "number"),
    TableColumn("untreated", "What the value would be if nothing had changed", "number", "unit"),
    TableColumn("regression_to_the_mean", "Ratio to baseline without treatment, of semen without controls", "number"),
    TableColumn("noise", "Standard deviation of the noise, on the scale of comparison", "number"),
    TableColumn("men", "Men of the published arm", "whole"),
    TableColumn("failed", "Virtual men who were not solved and are left out", "whole"),
)  # fmt: skip


def write_predictions(predictions: Sequence[Prediction], path: Path | str) -> Path:
    """Write every value of replayed studies as a row.

    Parameters
    ----------
    predictions : sequence of Prediction
    path : Path or str
        Ending in .csv or .parquet.

    Raises
    ------
    OutOfRange, MissingExtra
        As `leydig.exchange.table_file.write_table`.
    """
    rows = [one.record() | {"inside": int(one.is_covered), "men": one.men} for one in predictions]
    return write_table(rows, REPLAY_COLUMNS, path)
