#!/bin/sh
# docker/gather.sh APP OUT
#
# Puts into OUT what an app needs to run: its own compiled code, that of the libraries it depends on, and their production
# dependencies. Optional ones come along: DuckDB's engine is one. What an app does not declare is not there, and its image does not start.
set -eu
app=$1
out=$2

npm ci --workspace "apps/$app" --include-workspace-root=false --omit=dev --ignore-scripts
mkdir -p "$out"
cp -a node_modules "$out"
# npm links each package of ours that the app needs. Whatever lies in it is read by somebody, but for sources, tests and what compiling needs.
for link in node_modules/@assay/* node_modules/assay; do
  [ -L "$link" ] || continue
  folder=$(realpath --relative-to=. "$link")
  mkdir -p "$out/$folder"
  for part in "$folder"/*; do
    case ${part##*/} in
      src | test | tsconfig.json) ;;
      *) cp -a "$part" "$out/$folder" ;;
    esac
  done
  find "$out/$folder/dist" \( -name '*.d.ts' -o -name '*.map' -o -name .tsbuildinfo \) -delete
done
# The API document and the portal, for the service that sends them.
if [ -d "$out/apps/recommendation" ]; then
  install -D -m 0644 docs/openapi.json "$out/docs/openapi.json"
  install -d "$out/apps/portal"
  cp -a apps/portal/dist "$out/apps/portal"
fi
cp LICENSE "$out"
