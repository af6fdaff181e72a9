"""The network node of an Elekta console, after its conformance statement.

Clauses are named by table, note and section of "DICOM Conformance Statement, Elekta Precise
Treatment System Release 7.0.1" (4513 364 5778). `judge` answers a plan, `Service` keeps what
was accepted, `Node` listens. Needs the extra `dicom`.
"""
