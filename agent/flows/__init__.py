"""The shell: one file per story, the only code that does things. Rules decide, `agent.words` speaks."""
