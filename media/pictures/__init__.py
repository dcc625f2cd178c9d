"""Pictures: known by their content, made harmless, fitted without being stretched. Pure functions on files."""
