"""DICOM on the network: one package per application entity, and the records that go out."""
