"""Everything that is done in the background: events, jobs, schedules, sweeping."""
