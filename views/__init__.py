"""What one sees: HTML, tables and the command line."""
