"""Where tracing and lowering used to be."""

from .grids import Grid, magnitude, scaled  # noqa: F401
from .plan import grid_of, table_of  # noqa: F401
from .rows import Rows, entry_count, row_count, rows_for, width_of  # noqa: F401
from .statements import Statement, trace  # noqa: F401
