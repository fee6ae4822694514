"""Creates files for users: what ``init`` writes (``init_files``) and project templates (``starters``).

Nothing is imported here: Kedro loads ``starters`` for ``kedro new``, which needs no more.
"""
