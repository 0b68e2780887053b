"""Ties: who follows, befriends, mutes and blocks whom."""
