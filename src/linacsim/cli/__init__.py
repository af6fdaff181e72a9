"""Commands. Nothing heavy is imported before a command runs, so that help comes at once."""


def main() -> None:
    """Run the command line."""
    try:
        from linacsim.cli.interrupts import is_interrupt, lose_no_interrupt, obey_polite_kills

        lose_no_interrupt()
        obey_polite_kills()
        from linacsim.cli.app import app
    except KeyboardInterrupt:  # commands themselves have their own way to stop
        raise SystemExit(130) from None
    except RuntimeError as error:
        if is_interrupt(error):
            raise SystemExit(130) from None
        raise
    app()
