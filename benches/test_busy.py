"""What other programs computed is told from `/proc/stat` and the own process's time."""

import pytest

import busy
from busy import Sample

# user nice system idle iowait irq softirq steal guest guest_nice
STAT = "cpu  100 20 30 5000 600 4 5 6 70 8\ncpu0 1 2 3 4 5 6 7 8 9 10\n"


def test_idle_time_waiting_and_guests_are_no_computing():
    assert busy.computed_ticks(STAT) == 100 + 20 + 30 + 4 + 5 + 6


def test_what_the_own_program_computed_is_not_counted_as_others():
    before, after = Sample(taken=0, computed=10), Sample(taken=10, computed=25)
    assert busy.others(before, after, own=9) == pytest.approx(0.6)


def test_a_tick_that_is_counted_late_does_not_make_others_negative():
    before, after = Sample(taken=0, computed=10), Sample(taken=1, computed=10.99)
    assert busy.others(before, after, own=1.0) == 0


def test_without_samples_nothing_is_known_of_others():
    assert busy.others(None, None, own=1.0) is None
