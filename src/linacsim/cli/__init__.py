"""Commands. Nothing heavy is imported before a command runs, so that help comes at once."""


def main() -> None:
    """Run the command line."""
    try:
        from linacsim.cli.app import app
        from linacsim.cli.interrupts import obey_polite_kills

        obey_polite_kills()
    except KeyboardInterrupt:  # commands themselves have their own way to stop
        raise SystemExit(130) from None
    app()
