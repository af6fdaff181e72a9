"""What stubs of motion stages have in common: where they were when, and what they carry."""
