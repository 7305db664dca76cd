"""How charts are drawn, in whatever room: the house style, and numbers beside an axis."""
