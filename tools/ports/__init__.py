"""Networks that `make port-matrix` ports, builds and compares."""
