"""Where computations run: one interface, for processes of this machine and for a cluster."""
