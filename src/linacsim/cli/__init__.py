"""Commands. Nothing heavy is imported before a command runs, so that help comes at once."""


def main() -> None:
    """Run the command line."""
    from linacsim.cli.app import app

    app()
