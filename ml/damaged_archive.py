"""What NumPy and zipfile raise for an archive whose bytes are not what they should be."""

from __future__ import annotations

import zipfile
import zlib

# RuntimeError: a header that names a compression nobody knows, or says that there is a password.
DAMAGED_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, TypeError, RuntimeError)
