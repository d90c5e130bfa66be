"""Kernel timings that can be believed: checked first, measured in turns, set against the machine.

``runner`` puts the pieces together: it checks every implementation against the kernel's reference,
times those that are right with ``timer`` and ``stopwatch``, relates the times with ``ratios``
and ``roofline``, and returns a ``records.BenchRun``. ``current`` answers what the stored runs say
about a kernel today; ``compile`` builds Triton kernels for GPUs that are not there.
"""
