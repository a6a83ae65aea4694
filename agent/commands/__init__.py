"""The commands of `tend`, one file each: read settings, wire, call flows, print in plain words."""
