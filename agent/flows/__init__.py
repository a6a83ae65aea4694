"""The shell: one file per story, the only code that does things. Decisions are asked of rules, words of `agent.words`."""
