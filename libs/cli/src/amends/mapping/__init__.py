"""From a row of somebody's CSV file to events, by a mapping in YAML. Pure; docs/replay.md is the manual."""
