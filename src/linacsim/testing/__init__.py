"""linacsim for test suites: the pytest plugin (docs/how-to/test-with-pytest.md).

Nothing heavy is imported before a test needs it: pytest loads the plugin in every run.
"""
