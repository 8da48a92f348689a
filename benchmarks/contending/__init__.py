"""What `benchmarks/endtoend.py` lets meet: data, methods, and the tables."""
