"""What is measured, and how: `scripts/bench --list` names the cases."""
