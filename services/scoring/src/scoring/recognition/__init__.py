"""The jobs that award, pass praise on and look for who would gain from coaching."""
