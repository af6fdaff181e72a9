"""LLP/1, the line protocol for home-made markers, gates and stages (docs/reference/llp.md).

Read top-down: `messages` are the words, `text` and `binary` how they go over the wire, `session`
who says what when, `drivers` what the machine gets of it.
"""
