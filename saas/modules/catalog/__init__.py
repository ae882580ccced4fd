"""What is sold: products, their units and what they consist of."""

from saas.modules.catalog import product, product_component, product_unit

__all__ = ["product", "product_component", "product_unit"]
