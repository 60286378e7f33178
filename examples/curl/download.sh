#!/bin/sh
# ./download.sh https://example.com/a.iso https://example.com/b.iso    hands them over, and ends
# ./download.sh                                                        comes back for what is there
set -eu
: "${BACKHAUL_API_KEY:?is missing: export BACKHAUL_API_KEY=bh_…}"
url=${BACKHAUL_URL:-http://127.0.0.1:8080}/v1
session=downloads

# All of it may be repeated: PUT and GET anyway, and what creates has an Idempotency-Key.
api() {
  curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
    --header "Authorization: Bearer $BACKHAUL_API_KEY" --header 'Content-Type: application/json' "$@"
}

# The ids of the session's tasks in a state, page after page.
tasks() {
  next=
  while :; do
    page=$(api "$url/sessions/$session/tasks?state=$1&limit=200${next:+&cursor=$next}")
    printf %s "$page" | grep -o '"id":"tsk_[0-9a-z]*' | cut -d '"' -f 4
    next=$(printf %s "$page" | sed -n 's/.*"nextCursor":"\([^"]*\)".*/\1/p')
    [ -n "$next" ] || break
  done
}

# Nobody is called: this script asks. The same call finds the session again.
api --request PUT "$url/sessions/$session" --data '{"configuration": {"delegate": {"kind": "pull"}}}' --output /dev/null

if [ $# -gt 0 ]; then
  for link; do
    # The same link on the same day is the same download.
    key=$(date +%F)-$(printf %s "$link" | cksum | tr ' ' -)
    api "$url/sessions/$session/tasks" --header "Idempotency-Key: $key" --data '{"url": "'"$link"'"}' --output /dev/null
    echo "handed over: $link"
  done
  exit
fi

mkdir -p files
completed=$(tasks completed)
for id in $completed; do
  [ ! -e "files/$id" ] || continue
  # It redirects to a link that is valid for five minutes. --continue-at goes on where an earlier call has stopped.
  api --location --continue-at - "$url/tasks/$id/file" --output "files/$id.part"
  mv "files/$id.part" "files/$id"
  echo "files/$id"
done
failed=$(tasks failed)
for id in $failed; do
  echo "$id has failed: $(api "$url/tasks/$id" | grep -o '"error":{[^}]*' | grep -o '"detail":"[^"]*')" >&2
done
