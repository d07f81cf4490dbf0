"""What a saved model is as a file: its bytes, its names, and what it says.

`container.py` is the format, `atomic.py` how it is written, `plain.py` how values
become JSON and arrays, `naming.py` what the arrays are called, `streams.py` where a
random stream stands, `snapshot.py` what a file says of a model, and `checkpoint.py`
what it says of a run of `fit`.
"""
