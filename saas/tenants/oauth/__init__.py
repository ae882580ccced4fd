"""Partner apps and what was agreed with them: registrations, installations, codes, tokens, devices."""
