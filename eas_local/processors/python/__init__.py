"""This folder is what `PYTHONPATH` needs for `import allspark`. Nothing of it imports eas_local, or is imported by it."""
