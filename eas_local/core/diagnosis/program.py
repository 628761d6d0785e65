"""What the first bytes of a program tell: the machine it was built for."""

# The ELF numbers of machines, by their names as `uname -m` says them.
_MACHINES = {3: "i386", 21: "ppc64le", 22: "s390x", 40: "armv7l", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
_ALSO_RUNS = {"x86_64": {"i386", "i686"}, "aarch64": {"armv7l"}}
_MAGIC = b"\x7fELF"
_BIG_ENDIAN = 2


def machine(head: bytes) -> str:
    """The machine an ELF program is for; empty for anything else."""
    if not head.startswith(_MAGIC) or len(head) < 20:
        return ""
    number = int.from_bytes(head[18:20], "big" if head[5] == _BIG_ENDIAN else "little")
    return _MACHINES.get(number, f"ELF machine {number}")


def foreign(built_for: str, here: str) -> bool:
    return built_for not in {"", here, *_ALSO_RUNS.get(here, ())}
