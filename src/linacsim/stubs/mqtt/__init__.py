"""Home-made devices that publish JSON, and a broker for those who have none."""
