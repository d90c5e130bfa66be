"""The store: a folder of run records, safe to share, readable at any moment.

``runs/ab/abcdef0123456789.json`` holds one record, ``….arrow`` beside it the per-example table it
names by digest. A record appears by one rename after its table is complete, so a process killed at
any moment leaves the store as it was or with one record more. A record that is replaced (a failed
run run again, or ``--rerun``) moves to ``history/``; nothing is deleted.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from harness.errors import BadInput, StoreError
from harness.paths import store_root, write_atomically
from harness.record import RunRecord

if TYPE_CHECKING:
    import pyarrow as pa


class Store:
    """Run records in a folder."""

    def __init__(self, root: str | Path | None = None) -> None:
        """Open the store at ``root``, or at ``$HARNESS_RESULTS`` or ``./results``; nothing is created."""
        self.root = store_root(root)

    def _path(self, key: str, suffix: str = ".json") -> Path:
        return self.root / "runs" / key[:2] / f"{key}{suffix}"

    def check_writable(self) -> None:
        """Make sure a record could be written.

        Raises:
            StoreError: It could not; the message says why.
        """
        probe = self.root / "runs" / f".probe-{os.getpid()}"
        try:
            write_atomically(probe, b"harness", durable=False)
            probe.unlink()
        except OSError as error:
            raise _cannot_write(self.root, error) from None

    def put(
        self, record: RunRecord, examples: bytes | None = None, *, durable: bool = True
    ) -> RunRecord:
        """Write one record, whole or not at all; an earlier one under its key goes to history.

        Args:
            record: The record.
            examples: Its per-example table as an Arrow file's bytes.
            durable: Whether to wait until the bytes are on the disk.

        Returns:
            The record as stored, naming the table by its digest.

        Raises:
            StoreError: The disk is full or the folder cannot be written; the store is unchanged.
        """
        path = self._path(record.key)
        if examples is not None:
            digest = hashlib.sha256(examples).hexdigest()
            record = record.model_copy(update={"examples_sha256": digest})
        try:
            self._keep_history(path, record.key)
            if examples is not None:
                write_atomically(
                    self._path(record.key, f".{digest[:8]}.arrow"), examples, durable=durable
                )
            write_atomically(path, record.model_dump_json(indent=1).encode(), durable=durable)
        except OSError as error:
            raise _cannot_write(self.root, error) from None
        return record

    def _keep_history(self, path: Path, key: str) -> None:
        """Link the record at ``path``, if any, into the history under its time of writing."""
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        kept = self.root / "history" / key / f"{stamp}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, kept)
        except FileExistsError:
            return
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP):
                raise
            write_atomically(kept, path.read_bytes())

    def get(self, key: str) -> RunRecord | None:
        """Return the record under ``key``, or None.

        Raises:
            StoreError: There is a file but it is no record; the message names it.
        """
        return self._read(self._path(key))

    @staticmethod
    def _read(path: Path) -> RunRecord | None:
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
        try:
            return RunRecord.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise StoreError(
                f"{path}: not a run record ({where + ': ' if where else ''}{first['msg']}); "
                "move the file away and run again"
            ) from None

    def keys(self) -> list[str]:
        """Return every key in the store, sorted."""
        return sorted(path.stem for path in self.root.glob("runs/??/*.json") if path.stem[0] != ".")

    def records(self) -> Iterator[RunRecord]:
        """Yield every readable record, by key; damaged files are passed over (see :meth:`damaged`)."""
        for key in self.keys():
            try:
                record = self.get(key)
            except StoreError:
                continue
            if record is not None:
                yield record

    def damaged(self) -> list[str]:
        """Return one line for every file in the store that is no record."""
        lines = []
        for key in self.keys():
            try:
                self.get(key)
            except StoreError as error:
                lines.append(str(error))
        return lines

    def find(self, prefix: str) -> RunRecord:
        """Return the one record whose key begins with ``prefix``.

        Raises:
            BadInput: None or several do; the message lists them.
        """
        matches = [key for key in self.keys() if key.startswith(prefix)]
        if len(matches) == 1 and (record := self.get(matches[0])) is not None:
            return record
        if not matches:
            raise BadInput(
                f"no run {prefix!r} in {self.root}: `harness leaderboard` lists the runs' keys"
            )
        shown = ", ".join(matches[:5]) + (", ..." if len(matches) > 5 else "")
        raise BadInput(f"{prefix!r} begins {len(matches)} keys: {shown}; write more of it")

    def examples(self, record: RunRecord) -> pa.Table | None:
        """Return the per-example table of ``record``, or None if it has none.

        Raises:
            StoreError: The table is missing or does not have the recorded digest.
        """
        if not record.examples_sha256:
            return None
        import pyarrow as pa

        path = self._path(record.key, f".{record.examples_sha256[:8]}.arrow")
        try:
            data = path.read_bytes()
        except OSError:
            raise StoreError(f"{path}: the per-example table is missing; use --rerun") from None
        if hashlib.sha256(data).hexdigest() != record.examples_sha256:
            raise StoreError(f"{path}: the per-example table was changed; use --rerun")
        return pa.ipc.open_file(pa.BufferReader(data)).read_all()

    @contextmanager
    def claim(self, key: str, *, wait: bool) -> Iterator[bool]:
        """Hold the right to compute ``key`` among all processes that share the store.

        The claim ends with the block, or with the process however it dies.

        Args:
            key: The run's key.
            wait: Whether to wait for a process that holds it.

        Yields:
            Whether the claim was obtained; always true with ``wait``.
        """
        import filelock

        path = self.root / "claims" / f"{key}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(path)
            lock.acquire(timeout=-1 if wait else 0)
        except filelock.Timeout:
            yield False
            return
        except OSError as error:
            raise _cannot_write(self.root, error) from None
        try:
            yield True
        finally:
            lock.release()

    def scratch(self, key: str) -> Path:
        """Return the folder that outlives interruptions of the run ``key`` (checkpoints)."""
        return self.root / "scratch" / key


def _cannot_write(root: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(
        f"cannot write to the store {root}: {reason}; free space, or choose another folder with "
        "--store DIR or HARNESS_RESULTS"
    )
