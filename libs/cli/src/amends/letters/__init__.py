"""Dead letters: what they say, which are still waiting, and how one is sent again."""
