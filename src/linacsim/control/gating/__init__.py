"""Gates: from the state of motion or machine to what beam is allowed."""
