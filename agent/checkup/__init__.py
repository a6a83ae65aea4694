"""Looking at every configured vendor without sending to a lead (`tend doctor --live`)."""
