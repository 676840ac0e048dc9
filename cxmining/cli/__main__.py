"""Runs the command line as a module."""

from cxmining.cli.main import run

run()
