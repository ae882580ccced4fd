"""Outside parties, one file each, real and Null."""
