"""Installs the ARM64 package under emulation and compares what it decides with this processor."""
