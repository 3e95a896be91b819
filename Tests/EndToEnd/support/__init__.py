"""What the end-to-end tests stand on: processes, waiting, namespaces, spools, records."""
