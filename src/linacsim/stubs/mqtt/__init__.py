"""A marker that publishes its position as JSON, as home-made ones do."""
