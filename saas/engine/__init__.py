"""What a business object is: record, rights, reading, writing, audit, jobs."""
