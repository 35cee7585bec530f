#!/bin/sh
# A step of a pipeline: pushes an image, waits until Assay has looked into it, keeps what was found as SARIF, and ends
# as the gate decides: 0 allow, 1 deny, 2 unknown. Whatever goes wrong is unknown, and unknown is never allow.
#
#   docs/pipeline.sh oci:./layout:web:1.0 registry.example.com/team/web:1.0                  (with skopeo)
#   PUSH_WITH=docker docs/pipeline.sh web:1.0 registry.example.com/team/web:1.0              (with docker)
#
# ASSAY_URL and ASSAY_API_TOKEN say where the suite is; without them it is the one that runs on this machine.
set -u

: "${PUSH_WITH:=skopeo}"             # or docker
: "${PUSH_FLAGS=}"                   # of skopeo, for example --dest-tls-verify=false
: "${ASSAY:=npx --no assay}"         # the command line as it is installed; never one that is fetched
: "${GATE_FLAGS:=--max-severity none}"
: "${GATE_WAIT:=15m}"                # every push has its result by then
: "${SARIF_FILE:=assay.sarif}"

unknown() { echo "unknown: $1" >&2; exit 2; }

[ $# -eq 2 ] || unknown "call it with an image and where to push it: $0 <image> <registry>/<repository>:<tag>"
image=$1 target=$2

# 1. Push, and keep the digest: a tag may be somebody else's a moment later.
case $PUSH_WITH in
  skopeo)
    digest_file=$(mktemp) || unknown 'there is no room for a temporary file'
    trap 'rm -f "$digest_file"' EXIT
    # shellcheck disable=SC2086 # flags are several words
    skopeo copy --quiet $PUSH_FLAGS --digestfile "$digest_file" "$image" "docker://$target" || unknown "$image could not be pushed"
    digest=$(cat "$digest_file") ;;
  docker)
    docker tag "$image" "$target" || unknown "there is no image $image"
    pushed=$(docker push "$target") || unknown "$image could not be pushed"
    digest=$(printf '%s\n' "$pushed" | sed -n 's/.*digest: \(sha256:[0-9a-f]\{64\}\).*/\1/p') ;;
  *) unknown "PUSH_WITH is skopeo or docker, not $PUSH_WITH" ;;
esac
[ -n "$digest" ] || unknown 'the push did not say what the digest is'
repository=${target#*/} repository=${repository%%:*}
echo "pushed $repository@$digest"

# 2. Wait for the gate.
# shellcheck disable=SC2086
$ASSAY gate "$digest" --repository "$repository" --wait "$GATE_WAIT" $GATE_FLAGS
decision=$?

# 3. Keep what was found, whatever the decision. Where nobody looked there is no file: an empty one would say that all is well.
rm -f "$SARIF_FILE"
if $ASSAY status "$digest" --format sarif >"$SARIF_FILE.part"; then mv "$SARIF_FILE.part" "$SARIF_FILE"; else rm -f "$SARIF_FILE.part"; fi

# 4. What is not allow or deny is unknown: the command was not found, or was killed.
case $decision in 0 | 1) exit "$decision" ;; *) exit 2 ;; esac
