"""Bare Debian roots for tests, made by debootstrap; they need root."""

import os
import pathlib
import re
import shutil
import subprocess

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)


def bootstrap(folder, suite, include="ca-certificates"):
    """A root of `suite` that can reach the network as this machine does: names, certificates."""
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={include}", suite, str(folder), MIRROR],
                   check=True, stdout=subprocess.DEVNULL)
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    trust_as_here(folder)


def trust_as_here(folder):
    """Adds the certificates that this machine trusts beyond Debian's own, say those of a proxy."""
    here = pathlib.Path("/", BUNDLE).read_text()
    there = (folder / BUNDLE).read_text()
    for number, one in enumerate(set(CERTIFICATE.findall(here)) - set(CERTIFICATE.findall(there))):
        (folder / f"usr/local/share/ca-certificates/here-{number}.crt").write_text(one)
    subprocess.run(["chroot", str(folder), "update-ca-certificates"], check=True, capture_output=True)


class Root:
    """A bootstrapped root with /proc and terminals, to run commands in."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def __enter__(self):
        subprocess.run(["mount", "-t", "proc", "proc", str(self.folder / "proc")], check=True)
        subprocess.run(["mount", "--bind", "/dev/pts", str(self.folder / "dev/pts")], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", str(self.folder / "dev/pts"), str(self.folder / "proc")], check=True)

    def run(self, command, timeout_s):
        """Runs the shell command with nothing of this environment; returns (exit code, output)."""
        done = subprocess.run(
            # pip brings certificates of its own unless it is told where the system's are
            ["env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb",
             f"PIP_CERT=/{BUNDLE}",
             "chroot", str(self.folder), "/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=timeout_s)
        return done.returncode, done.stdout
