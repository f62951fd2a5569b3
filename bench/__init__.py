"""Speed and size, measured on this machine; `python -m bench` prints one table."""
