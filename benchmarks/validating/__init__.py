"""What `benchmarks/validation.py` measures: one module a section."""
