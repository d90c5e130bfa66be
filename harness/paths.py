"""Where things live: the store, the cache, downloaded data."""

from __future__ import annotations

import os
from pathlib import Path


def store_root(path: str | Path | None = None) -> Path:
    """Return the folder of run records: ``path``, else ``$HARNESS_RESULTS``, else ``./results``."""
    return Path(path or os.environ.get("HARNESS_RESULTS") or "results").expanduser()


def cache_root() -> Path:
    """Return the folder for what can be computed again: ``$HARNESS_CACHE`` or the user's cache."""
    configured = os.environ.get("HARNESS_CACHE")
    if configured:
        return Path(configured).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("harness"))


def data_root() -> Path:
    """Return the folder of downloaded data sets: ``$HARNESS_DATA`` or the user's data folder."""
    configured = os.environ.get("HARNESS_DATA")
    if configured:
        return Path(configured).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("harness"))


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write ``data`` to ``path`` whole or not at all.

    The bytes go to a temporary file beside it, reach the disk if ``durable``, and take the name in
    one rename; a reader, or a process killed at any moment, sees the old file or the new one.

    Raises:
        OSError: The folder cannot be created or written, or the disk is full; ``path`` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "wb") as handle:
            handle.write(data)
            if durable:
                handle.flush()
                os.fsync(handle.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
