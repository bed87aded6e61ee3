#!/usr/bin/env bash
# The native engine built for aarch64 and tried without such a machine: cross-compiled, then run by
# qemu's user-mode emulation (ten to forty times slower than a machine of its own).
#
#   tools/emulate_aarch64.sh [FILES OR FOLDERS OF TESTS]      by default tests/engine/native
#
# It takes an hour or more. Each file of tests has a process and a log of its own, below
# .cache/aarch64/logs; one that has passed since the engine was built is not run again, so what was
# stopped goes on. PYTEST_ADDOPTS selects and leaves out.
#
# For root on Debian 12 or its kin, where `make` has installed the project; all is left below
# .cache/aarch64. Python itself is Debian's of that architecture; packages with compiled parts are
# their wheels for it, pure ones those of .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=$PWD
here=$project/.cache/aarch64
python=$project/.venv/bin/python
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
mkdir -p "$here"/{debs,root,wheels,site,build}

if ! [ -e "$here/root/usr/bin/python$version" ]; then
  dpkg --add-architecture arm64
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends qemu-user-static g++-aarch64-linux-gnu
  (
    cd "$here/debs"
    apt-get download -q {"python$version"{,-minimal},"libpython$version"{,-stdlib,-minimal,-dev}}:arm64 \
      {libc6,libgcc-s1,libstdc++6,libgomp1,libssl3,zlib1g,libexpat1,libffi8,libbz2-1.0,liblzma5}:arm64 \
      {libsqlite3-0,libncursesw6,libtinfo6,libreadline8,libuuid1,libdb5.3,libcrypt1}:arm64 \
      {libnsl2,libtirpc3,libgssapi-krb5-2,libkrb5-3,libk5crypto3,libkrb5support0,libcom-err2}:arm64 \
      libkeyutils1:arm64
    for deb in *.deb; do dpkg -x "$deb" "$here/root"; done
  )
fi

# What has no wheel for it is left out: a test that needs it says so.
if ! [ -e "$here/site/numpy" ]; then
  "$python" - "$packages" <<'EOF' >"$here/compiled.txt"
import pathlib, sys
from importlib.metadata import distributions

for one in distributions(path=[sys.argv[1]]):
    if "Root-Is-Purelib: false" in (one.read_text("WHEEL") or "") and one.name != "epochal":
        print(f"{one.name}=={one.version}")
EOF
  platforms=()
  for kind in manylinux2014 manylinux_2_{17,24,26,27,28,34}; do platforms+=(--platform "${kind}_aarch64"); done
  while read -r pinned; do
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$here/wheels" \
      --only-binary=:all: --python-version "$version" "${platforms[@]}" "$pinned" 2>/dev/null ||
      echo "no wheel for aarch64: $pinned"
  done <"$here/compiled.txt"
  for wheel in "$here"/wheels/*aarch64*.whl; do "$python" -m zipfile -e "$wheel" "$here/site"; done
fi

# The suite starts processes of its own by `sys.executable`, which must be the emulated one.
cat >"$here/python" <<EOF
#!/bin/sh
PYTHONPATH="$here/site:$project/src:$project:$packages" PYTHONDONTWRITEBYTECODE=1 \\
  exec qemu-aarch64-static -L "$here/root" \\
  -E LD_LIBRARY_PATH="$here/root/usr/lib/aarch64-linux-gnu" "$here/root/usr/bin/python$version" "\$@"
EOF
chmod +x "$here/python"
printf 'import sys\n\nsys.executable = sys._base_executable = "%s"\n' "$here/python" \
  >"$here/site/sitecustomize.py"

PATH=$project/.venv/bin:$PATH
cmake -S . -B "$here/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Linux \
  -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
  -DCMAKE_CXX_FLAGS="-idirafter $here/root/usr/include" -DPython_EXECUTABLE="$python" \
  -DPython_INCLUDE_DIR="$here/root/usr/include/python$version" >/dev/null
cmake --build "$here/build"
# It is named for the interpreter that CMake asked, which is not the one that will import it.
cp "$here"/build/_native.*.so "src/epochal/engine/native/_native.cpython-${version/./}-aarch64-linux-gnu.so"

[ $# -gt 0 ] || set -- tests/engine/native
export EPOCHAL_REQUIRE_NATIVE=1 JAX_COMPILATION_CACHE_DIR="$here/jax"
built=$(echo "$here"/build/_native.*.so) failed=()
mkdir -p "$here/logs"
while read -r file; do
  log=$here/logs/${file//\//.}.log
  if [ "$log" -nt "$built" ] && tail -n 1 "$log" | grep -q '= [0-9]* passed'; then continue; fi
  "$here/python" -u -m pytest -p no:cacheprovider -vv "$file" >"$log" 2>&1 </dev/null || failed+=("$log")
  echo "$(tail -n 1 "$log"): $file"
done < <(find "$@" -name 'test_*.py' | sort)
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
