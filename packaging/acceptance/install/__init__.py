"""Installs a package on a blank Debian with a real systemd and no network, and looks what happens.

Needs root, debootstrap, systemd-nspawn and GStreamer's RTSP server; ``make acceptance`` says which
of them is missing.
"""
