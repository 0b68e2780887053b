"""Pictures of products: uploaded, made smaller, served."""
