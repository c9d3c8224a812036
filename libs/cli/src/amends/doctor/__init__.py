"""What is wrong with an installation, told in plain sentences with what to do. Looks, and changes nothing."""
