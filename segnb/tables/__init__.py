"""The company's tables: declared in YAML, read, checked and cleaned once, then Ibis expressions.

``declare.Data`` is the ``data:`` block of a params file, ``read.read`` turns it into
``intake.Tables``, ``orders`` holds the expressions that most features start from, ``windows`` the
spans of days that a report learns from and is judged on.
"""
