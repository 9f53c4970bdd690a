"""Starts the box; ``/usr/bin/classbox`` runs it with the Python that lies beside it."""

from appliance.__main__ import main

main()
