"""Manifests of many requests: resumable, one folder a row, whoever runs them."""
