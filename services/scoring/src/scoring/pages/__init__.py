"""What people look at: the wallboard, the recognition board and the public counter. Rendered here, live by SSE."""
