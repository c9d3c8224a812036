"""Work that nobody waits for: merging histograms, rebuilding the sums."""
