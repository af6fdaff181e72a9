"""From bytes to frames, without I/O: any chunking, any garbage, bounded memory, errors counted."""
