"""The limits of this process on open descriptors."""

from __future__ import annotations

from contextlib import suppress

DESCRIPTORS = 65_536  # more than any concurrency needs, at no cost


def raise_descriptor_limit() -> None:
    """Raise the soft limit on open files towards the hard one; many systems start programs with 1,024 or 256."""
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS has a lower limit that it does not report
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
