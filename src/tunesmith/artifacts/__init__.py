"""Bytes by content: what a trial leaves behind, kept under its digest. Every file without an underscore is a place."""
