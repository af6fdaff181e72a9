"""Files to model records and back; outside formats are met here and nowhere else."""
