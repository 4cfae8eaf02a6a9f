import numpy as np

from leydig.blocks import in_blocks


def test_what_was_asked_of_one_row_is_kept_and_nobody_can_change_it():
    asked = []

    def double(rows):
        asked.append(len(rows))
        return 2.0 * rows

    first = in_blocks(double, np.array([[1.0, 2.0]]))
    first[:] = 7.0
    assert in_blocks(double, np.array([[1.0, 2.0]])).tolist() == [[2.0, 4.0]] and asked == [64]
    assert in_blocks(double, np.array([[1.0, 3.0]])).tolist() == [[2.0, 6.0]] and asked == [64, 64]
    assert in_blocks(double, np.array([[1.0], [2.0]])).tolist() == [[2.0], [4.0]] and asked == [64, 64, 64]
    assert in_blocks(double, np.array([[1, 2]])).tolist() == [[2.0, 4.0]] and len(asked) == 4  # other kinds of numbers
