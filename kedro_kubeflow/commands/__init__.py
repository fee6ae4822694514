"""What the commands do once their options are parsed, one module for each kind; ``cli`` imports them on demand.

``submission`` names and sends workflows, ``watching`` shows runs, ``run_local`` prepares a run on this machine,
``wait_for_run`` waits for another pipeline's run inside a pod.
"""
