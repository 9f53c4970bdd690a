"""Installs the package for ARM64 under emulation and lays what it decides beside this processor."""
