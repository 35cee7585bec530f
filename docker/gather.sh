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
# npm links each package of ours that the app needs.
for link in node_modules/@assay/* node_modules/assay; do
  [ -L "$link" ] || continue
  folder=$(realpath --relative-to=. "$link")
  mkdir -p "$out/$folder"
  cp "$folder/package.json" "$out/$folder"
  [ ! -d "$folder/bin" ] || cp -a "$folder/bin" "$out/$folder"
  (cd "$folder" && find dist -name '*.js' -exec cp --parents '{}' "$out/$folder" ';')
done
cp LICENSE "$out"
