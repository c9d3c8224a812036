"""Pure: facts to contributions, contributions to panes, sums to metrics. No I/O, no clock."""
