"""The permission kernel: who may do what to which records, and which of their fields they see."""
