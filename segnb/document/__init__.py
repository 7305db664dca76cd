"""The pieces of a report, and how each is written in HTML and in Typst."""
