"""Classic machine learning: neighbours, clusters, margins, components, descent."""
