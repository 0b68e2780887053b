"""People: who takes part in a community, under which handle, and what they let others see and do."""
