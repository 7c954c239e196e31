"""Medians, quartiles and ratios, and the Markdown that they are printed as."""

import pytest

import table
from rows import Measurement
from spread import Spread


def measurement(seconds: float, others: float | None = 0.0, **more: float) -> Measurement:
    figures = {"epoch, s": [seconds]} | {name: [value] for name, value in more.items()}
    return Measurement(figures, others)


def test_quartiles_stand_about_the_median():
    assert Spread.of([5, 1, 4, 2, 3]) == Spread(low=2, median=3, high=4)


def test_a_single_value_is_its_own_quartiles():
    assert Spread.of([7.5]) == Spread(7.5, 7.5, 7.5)


def test_ratios_are_those_of_the_medians_to_the_first_row():
    measured = {
        "reference": [measurement(2), measurement(4), measurement(90)],
        "lenet5": [measurement(1), measurement(3), measurement(2)],
    }
    assert [line.ratio for line in table.lines("train", measured)] == [1, 0.5]


def test_a_figure_that_only_some_rows_have_is_compared_among_those():
    measured = {"a": [measurement(2)], "b": [measurement(3, rest=8)], "c": [measurement(1, rest=2)]}
    lines = table.lines("train", measured)
    assert [(line.row, line.figure, line.ratio) for line in lines] == [
        ("train/a", "epoch, s", 1),
        ("train/b", "epoch, s", 1.5),
        ("train/c", "epoch, s", 0.5),
        ("train/b", "rest", 1),
        ("train/c", "rest", 0.25),
    ]


def test_a_line_tells_the_busiest_of_its_measurements():
    measured = {"a": [measurement(1, 0.0), measurement(1, 1.5), measurement(1, 0.2)]}
    assert table.lines("train", measured)[0].others == 1.5


def test_the_markdown_is_a_table_of_equal_widths():
    measured = {"reference": [measurement(5)], "lenet5": [measurement(2.5, others=None)]}
    assert table.markdown(table.lines("train", measured)) == (
        "| row             | figure   | median | quartiles    | ratio | others |\n"
        "| --------------- | -------- | ------ | ------------ | ----- | ------ |\n"
        "| train/reference | epoch, s | 5.00   | 5.00 to 5.00 | 1.000 | 0.0    |\n"
        "| train/lenet5    | epoch, s | 2.50   | 2.50 to 2.50 | 0.500 | ?      |"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1234"), (228.4, "228"), (10.84, "10.8"), (3.126, "3.13"), (0.0123, "0.0123")],
)
def test_numbers_have_three_digits_that_tell(value, text):
    assert table.number(value) == text
