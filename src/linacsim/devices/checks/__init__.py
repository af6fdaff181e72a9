"""What shows only over time or beside another source: agreement, scale, sign, baseline."""
