"""The version of this program; a test holds it against the package's own, which is slow to read."""

VERSION = "0.1.0"
