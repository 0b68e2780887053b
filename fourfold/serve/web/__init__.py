"""The HTTP side of a process: the application, its gate, its switchboard."""
