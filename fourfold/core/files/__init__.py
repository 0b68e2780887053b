"""Files: stored, described, served, shared by links; pictures in several widths, pictures of people."""
