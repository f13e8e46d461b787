"""`starkcore demo`: the main job, on a local exchange (`live`) or on this processor alone (`offline`)."""
