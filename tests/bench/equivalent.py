"""The mistakes that change nothing, each with its reason: no test could see them."""

JOURNAL = "uniha_clausier/common/journal.py"
AT_ONCE = "how many events are read at once changes nothing that is found"

EQUIVALENT = {
    (JOURNAL, "_last_good: events.iterator(chunk_size=2000) → events.iterator()"): AT_ONCE,
    (JOURNAL, "_last_good: 2000 → 2001"): AT_ONCE,
    (JOURNAL, "module: 'stand_in' → 'stand_in~'"): "the name of a variable is for who debugs",
    (
        JOURNAL,
        "_locked_head: if not rows → if True",
    ): "the head that is there stays: two more queries",
}
