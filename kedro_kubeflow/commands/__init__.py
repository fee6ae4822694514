"""Implements the commands once their options are parsed; ``cli`` imports the modules on demand.

``submission`` names and submits workflows, ``watching`` shows runs, ``run_local`` prepares a local run,
``wait_for_run`` waits in a pod for a run of another pipeline.
"""
