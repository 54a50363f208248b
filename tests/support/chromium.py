"""Where this machine has a Chromium, if it has one."""

import shutil


def program() -> str | None:
    """Where a Chromium is, if there is one."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        if found := shutil.which(name):
            return found
    return None
