"""Commands. Nothing heavy is imported before a command runs, so that help comes at once."""


def main() -> None:
    """Run the command line."""
    try:
        from linacsim.cli.interrupts import insist_on_interrupts, obey_polite_kills

        insist_on_interrupts()
        obey_polite_kills()
        from linacsim.cli.app import app

        app()
    except (KeyboardInterrupt, Exception) as error:
        # Before a command has begun, which has its own way to stop; perhaps within that import.
        from linacsim.cli.interrupts import is_interrupt

        if is_interrupt(error):
            raise SystemExit(130) from None
        raise
