"""`python -m linacsim`: the same as the command `linacsim`."""

from linacsim.cli import main

main()
