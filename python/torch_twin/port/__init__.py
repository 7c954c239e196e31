"""Ports an `nn.Module` to a Rust crate on torch-twin."""
