"""Adds occlusion maps to Florescope."""
