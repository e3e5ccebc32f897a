"""Addresses that somebody hands in and a browser is sent to: only those of this site."""


def local_address(path: str) -> str:
    """`path` if it stays on this site, else nothing: whoever comes back must not be led elsewhere."""
    stays = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if stays else ""
