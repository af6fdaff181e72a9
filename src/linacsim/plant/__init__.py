"""Plant: commands become readings; everything with inertia."""
