"""The tests that bound a time, which on a machine that does other work, or with a sanitizer, is another.

Checks whose outcome must be of the code alone leave them out. tests/project/test_campaigns.py looks whether they are
there.
"""

TIMED = (
    "core/test_batches.py::test_ctrl_c_is_heard",
    "core/test_batches.py::test_other_threads_run_meanwhile",
    "core/test_large_tables.py::test_ctrl_c_while_they_are_built_leaves_one_or_the_other",
    "commands/test_cli.py::test_ctrl_c_ends_it_cleanly_and_soon",
    "commands/test_demo.py::test_ctrl_c_stops_it_cleanly",
)
