"""How verify decides: tracing, arrays, structure, cases one at a time, multisets, all real types."""
