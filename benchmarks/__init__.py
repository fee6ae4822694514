"""What the plugin costs, measured beside Kedro alone and beside the existing plugin; a script, no tests.

``python -m benchmarks OUTPUT``, with this folder's parent on the path; CONTRIBUTING.md has the one command.
"""
