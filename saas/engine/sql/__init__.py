"""SQL as text: how expressions and values are written, and questions that are asked again and again."""
