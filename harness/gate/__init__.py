"""The regression gate: does a small pinned suite still do what it did?

A baseline file pins the suite and what it showed (:mod:`.baseline`), with tolerances learned from
seeds and repeats (:mod:`.learn`). A check runs the suite anew beside a reference workload
(:mod:`.measure`, :mod:`.reference`), compares (:mod:`.compare`) and reports (:mod:`.report`). Three
answers are possible: worse, not worse, and cannot tell; nothing measured is never "not worse".
"""
