"""Lists as files: CSV, XLSX, JSON Lines, with the rights of whoever asks, as a long job."""
