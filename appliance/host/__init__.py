"""The machine: clocks, threads, systemd, memory, logs."""
