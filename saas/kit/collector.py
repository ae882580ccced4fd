"""The collector of circles, in a process that writes very much."""

import gc


def spare_collector() -> None:
    """What is loaded by now stays: it is not gone through again and again. Circles are looked for less often.

    Records of a batch are many and go by themselves. Looking for circles among all that is loaded took a third of
    the time of an import.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
