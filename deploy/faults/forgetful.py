"""A file system that forgets what was not fsynced: a power cut for one folder (promises.md §9).

`python -m faults.forgetful <mount> <seen> <durable>` serves a FUSE pass-through in its own process.
What processes write goes to the tree `seen`; an fsync, or a write to a file opened with O_SYNC or
O_DSYNC, copies what changed in that file to the tree `durable`. Names (create, rename, unlink,
mkdir) go to both at once, as a journalling file system keeps them with the fsync of their file. After
a power cut `durable` is all there is. It speaks the kernel's protocol itself, 7.31, for no wheel
carries libfuse; one thread, one request at a time.
"""

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = 1
FOR_EVER = 3600  # the kernel may keep names and attributes: nobody else changes these trees
MOST = 128 * 1024
_HEADER = struct.Struct("<IIQQIIII")
_MNT_DETACH = 2
_SYNCED = os.O_SYNC | os.O_DSYNC


def attach(source: bytes, point: Path, kind: bytes, options: str) -> None:
    """mount(2). Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source, os.fsencode(point), kind, 0, options.encode()):
        raise OSError(ctypes.get_errno(), f"mount of {kind.decode()}")


def mount(point: Path) -> int:
    """Mount and give the connection's descriptor. Raises OSError where FUSE or root is missing."""
    held = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={held},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions"
    attach(b"forgetful", point, b"fuse", options)
    return held


def unmount(point: Path) -> None:
    """Unmount, whoever still holds a file open."""
    ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(point), _MNT_DETACH)


class Forgetful:
    """The two trees and what differs between them."""

    def __init__(self, seen: Path, durable: Path) -> None:
        self.seen, self.durable = os.fspath(seen), os.fspath(durable)
        self.names: dict[int, str] = {ROOT: ""}
        self.nodes: dict[str, int] = {"": ROOT}
        self.changed: dict[int, list[tuple[int, int]]] = {}
        """Node → extents (start, end) written since its last fsync."""
        self._next = ROOT

    def at(self, node: int) -> str:
        """Path in the tree that processes see."""
        return self.seen + self.names[node]

    def kept(self, node: int) -> str:
        """Path in the tree that survives."""
        return self.durable + self.names[node]

    def child(self, node: int, name: bytes) -> str:
        """Path, below a tree's root, of a name in a folder."""
        return f"{self.names[node]}/{os.fsdecode(name)}"

    def node_of(self, path: str) -> int:
        """The node of a path; a new one is given a number."""
        if (known := self.nodes.get(path)) is None:
            self._next += 1
            known = self.nodes[path] = self._next
            self.names[known] = path
        return known

    def forget_name(self, path: str) -> None:
        """A name is gone; its node stays known to those who hold it open."""
        if (node := self.nodes.pop(path, None)) is not None:
            self.changed.pop(node, None)
            self.names[node] = f"{path} (gone)"

    def move(self, old: str, new: str) -> None:
        """Rename a path and all below it."""
        self.forget_name(new)
        for path in [p for p in self.nodes if p == old or p.startswith(old + "/")]:
            node = self.nodes.pop(path)
            self.nodes[new + path[len(old) :]] = node
            self.names[node] = new + path[len(old) :]

    def note(self, node: int, start: int, end: int) -> None:
        """Remember an extent that differs."""
        extents = self.changed.setdefault(node, [])
        if extents and extents[-1][0] <= start <= extents[-1][1]:
            extents[-1] = (extents[-1][0], max(end, extents[-1][1]))
        else:
            extents.append((start, end))

    def sync(self, node: int) -> None:
        """Make a file durable as it is seen now."""
        if node not in self.changed:
            return
        with suppress(FileNotFoundError):
            source = os.open(self.at(node), os.O_RDONLY)
            target = os.open(self.kept(node), os.O_WRONLY)
            for start, end in self.changed[node]:
                os.pwrite(target, os.pread(source, end - start, start), start)
            os.ftruncate(target, os.fstat(source).st_size)
            os.close(source)
            os.close(target)
        self.changed.pop(node, None)


class Server:
    """Answers the kernel's requests."""

    def __init__(self, connection: int, trees: Forgetful) -> None:
        self._connection, self._trees = connection, trees
        self._open: dict[int, tuple[int, int, int]] = {}
        """Handle → (descriptor, node, flags)."""
        self._handles = 0
        self._listings: dict[int, bytes] = {}
        self._answers: dict[int, Callable[[int, bytes, tuple[int, int]], bytes | None]] = {
            1: self._lookup, 2: _silent, 3: self._getattr, 4: self._setattr, 5: self._readlink,
            6: self._symlink, 9: self._mkdir, 10: self._unlink, 11: self._rmdir, 12: self._rename,
            14: self._open_file, 15: self._read, 16: self._write, 17: self._statfs,
            18: self._release, 20: self._fsync, 25: _empty, 26: _init, 27: self._open_folder,
            28: self._read_folder, 29: _empty, 30: _empty, 35: self._create, 36: _silent,
            42: _silent, 45: self._rename2,
        }  # fmt: skip

    def serve(self) -> None:
        """Answer until unmounted."""
        while True:
            try:
                request = os.read(self._connection, MOST + 4096)
            except OSError as ended:
                if ended.errno == errno.ENODEV:
                    return
                if ended.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                raise
            _, opcode, unique, node, uid, gid, _, _ = _HEADER.unpack_from(request)
            error, body = 0, b""
            try:
                answer = self._answers.get(opcode, _unknown)
                result = answer(node, request[40:], (uid, gid))
                if result is None:
                    continue
                body = result
            except OSError as failed:
                error = failed.errno or errno.EIO
            except KeyError:
                error = errno.ESTALE
            with suppress(FileNotFoundError):  # the asker was interrupted and has gone
                os.write(
                    self._connection, struct.pack("<IiQ", 16 + len(body), -error, unique) + body
                )

    def _attributes(self, path: str, node: int) -> bytes:
        held = os.lstat(path)
        return struct.pack(
            "<QQQQQQIIIIIIIIII", node, held.st_size, held.st_blocks, int(held.st_atime),
            int(held.st_mtime), int(held.st_ctime), 0, held.st_mtime_ns % 10**9, 0, held.st_mode,
            held.st_nlink, held.st_uid, held.st_gid, 0, 4096, 0,
        )  # fmt: skip

    def _entry(self, path: str) -> bytes:
        attributes = self._attributes(self._trees.seen + path, 0)
        node = self._trees.node_of(path)
        head = struct.pack("<QQQQII", node, 0, FOR_EVER, FOR_EVER, 0, 0)
        return head + struct.pack("<Q", node) + attributes[8:]

    def _lookup(self, node: int, asked: bytes, _: tuple[int, int]) -> bytes:
        return self._entry(self._trees.child(node, asked.rstrip(b"\0")))

    def _getattr(self, node: int, _: bytes, __: tuple[int, int]) -> bytes:
        return struct.pack("<QII", FOR_EVER, 0, 0) + self._attributes(self._trees.at(node), node)

    def _setattr(self, node: int, asked: bytes, owner: tuple[int, int]) -> bytes:
        valid, _, _, size = struct.unpack_from("<IIQQ", asked)
        mode, _, uid, gid = struct.unpack_from("<IIII", asked, 68)
        trees = self._trees
        if valid & 8:
            was = os.lstat(trees.at(node)).st_size
            os.truncate(trees.at(node), size)
            trees.note(node, min(size, was), max(size, was))
        for path in (trees.at(node), trees.kept(node)):
            if valid & 1:
                os.chmod(path, stat.S_IMODE(mode))  # noqa: PTH101 - descriptors of two trees
            if valid & 6:
                os.chown(path, uid if valid & 2 else -1, gid if valid & 4 else -1)
        return self._getattr(node, b"", owner)

    def _readlink(self, node: int, _: bytes, __: tuple[int, int]) -> bytes:
        return os.fsencode(os.readlink(self._trees.at(node)))  # noqa: PTH115

    def _symlink(self, node: int, asked: bytes, owner: tuple[int, int]) -> bytes:
        name, target = asked.split(b"\0")[:2]
        return self._made(node, name, owner, lambda path: os.symlink(os.fsdecode(target), path))  # noqa: PTH211

    def _mkdir(self, node: int, asked: bytes, owner: tuple[int, int]) -> bytes:
        mode, mask = struct.unpack_from("<II", asked)
        name = asked[8:].rstrip(b"\0")
        return self._made(node, name, owner, lambda path: os.mkdir(path, mode & ~mask))  # noqa: PTH102

    def _made(
        self, node: int, name: bytes, owner: tuple[int, int], make: Callable[[str], None]
    ) -> bytes:
        path = self._trees.child(node, name)
        for tree in (self._trees.seen, self._trees.durable):
            make(tree + path)
            os.chown(tree + path, *owner, follow_symlinks=False)
        return self._entry(path)

    def _create(self, node: int, asked: bytes, owner: tuple[int, int]) -> bytes:
        flags, mode, mask, _ = struct.unpack_from("<IIII", asked)
        name = asked[16:].rstrip(b"\0")

        def make(path: str) -> None:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode & ~mask))

        entry = self._made(node, name, owner, make)
        return entry + self._opened(struct.unpack_from("<Q", entry)[0], flags)

    def _open_file(self, node: int, asked: bytes, _: tuple[int, int]) -> bytes:
        return self._opened(node, struct.unpack_from("<I", asked)[0])

    def _opened(self, node: int, flags: int) -> bytes:
        self._handles += 1
        descriptor = os.open(self._trees.at(node), os.O_RDWR)
        self._open[self._handles] = (descriptor, node, flags)
        return struct.pack("<QII", self._handles, 2, 0)  # FOPEN_KEEP_CACHE

    def _read(self, _: int, asked: bytes, __: tuple[int, int]) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", asked)
        return os.pread(self._open[handle][0], size, offset)

    def _write(self, _: int, asked: bytes, __: tuple[int, int]) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", asked)
        descriptor, node, flags = self._open[handle]
        written = os.pwrite(descriptor, asked[40 : 40 + size], offset)
        self._trees.note(node, offset, offset + written)
        if flags & _SYNCED:
            self._trees.sync(node)
        return struct.pack("<II", written, 0)

    def _release(self, _: int, asked: bytes, __: tuple[int, int]) -> bytes:
        descriptor, *_rest = self._open.pop(struct.unpack_from("<Q", asked)[0])
        os.close(descriptor)
        return b""

    def _fsync(self, node: int, _: bytes, __: tuple[int, int]) -> bytes:
        self._trees.sync(node)
        return b""

    def _unlink(self, node: int, asked: bytes, _: tuple[int, int]) -> bytes:
        return self._removed(self._trees.child(node, asked.rstrip(b"\0")), os.unlink)

    def _rmdir(self, node: int, asked: bytes, _: tuple[int, int]) -> bytes:
        return self._removed(self._trees.child(node, asked.rstrip(b"\0")), os.rmdir)

    def _removed(self, path: str, remove: Callable[[str], None]) -> bytes:
        remove(self._trees.seen + path)
        remove(self._trees.durable + path)
        self._trees.forget_name(path)
        return b""

    def _rename(self, node: int, asked: bytes, _: tuple[int, int]) -> bytes:
        return self._renamed(node, struct.unpack_from("<Q", asked)[0], asked[8:])

    def _rename2(self, node: int, asked: bytes, _: tuple[int, int]) -> bytes:
        folder, flags = struct.unpack_from("<QI", asked)
        if flags:
            raise OSError(errno.EINVAL, "rename with flags")
        return self._renamed(node, folder, asked[16:])

    def _renamed(self, node: int, folder: int, names: bytes) -> bytes:
        old, new = names.split(b"\0")[:2]
        before, after = self._trees.child(node, old), self._trees.child(folder, new)
        for tree in (self._trees.seen, self._trees.durable):
            os.rename(tree + before, tree + after)  # noqa: PTH104
        self._trees.move(before, after)
        return b""

    def _open_folder(self, node: int, _: bytes, __: tuple[int, int]) -> bytes:
        self._handles += 1
        self._listings[self._handles] = _listing(self._trees.at(node))
        return struct.pack("<QII", self._handles, 0, 0)

    def _read_folder(self, _: int, asked: bytes, __: tuple[int, int]) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", asked)
        listing, end = self._listings[handle], offset
        while end < len(listing):
            (length,) = struct.unpack_from("<I", listing, end + 16)
            step = (24 + length + 7) // 8 * 8
            if end + step - offset > size:
                break
            end += step
        if end == len(listing) and offset == end:
            del self._listings[handle]
            self._listings[handle] = b""
        return listing[offset:end]

    def _statfs(self, _: int, __: bytes, ___: tuple[int, int]) -> bytes:
        held = os.statvfs(self._trees.seen)
        return struct.pack(
            "<QQQQQIIII24x", held.f_blocks, held.f_bfree, held.f_bavail, held.f_files, held.f_ffree,
            held.f_bsize, 255, held.f_frsize, 0,
        )  # fmt: skip


def _listing(folder: str) -> bytes:
    entries = b""
    with os.scandir(folder) as found:
        for one in found:
            name = os.fsencode(one.name)
            padded = name + b"\0" * (-(24 + len(name)) % 8)
            kind = 4 if one.is_dir(follow_symlinks=False) else 8
            following = len(entries) + 24 + len(padded)
            entries += struct.pack("<QQII", one.inode(), following, len(name), kind) + padded
    return entries


def _init(_: int, asked: bytes, __: tuple[int, int]) -> bytes:
    major, _minor, read_ahead, flags = struct.unpack_from("<IIII", asked)
    wanted = flags & (1 | 1 << 5 | 1 << 22)  # asynchronous reads, big writes, many pages
    return struct.pack(
        "<IIIIHHIIHHI28x", major, 31, read_ahead, wanted, 12, 9, MOST, 1, MOST // 4096, 0, 0
    )


def _silent(_: int, __: bytes, ___: tuple[int, int]) -> None:
    """Requests that want no answer: forgetting, interrupting."""


def _empty(_: int, __: bytes, ___: tuple[int, int]) -> bytes:
    return b""


def _unknown(_: int, __: bytes, ___: tuple[int, int]) -> bytes:
    raise OSError(errno.ENOSYS, "not served")


def main() -> None:
    """Serve until unmounted."""
    point, seen, durable = (Path(argument) for argument in sys.argv[1:4])
    os.umask(0)
    connection = mount(point)
    Server(connection, Forgetful(seen, durable)).serve()


if __name__ == "__main__":
    main()
