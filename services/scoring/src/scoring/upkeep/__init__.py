"""Work that nobody waits for: merging histograms, forgetting what is old, rebuilding the sums."""
