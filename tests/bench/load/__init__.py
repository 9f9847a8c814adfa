"""People at work for minutes, by a load tool: see ``make bench-load``."""
