#!/bin/bash
# Ends the process that has started it when that has given no sign of life for so many looks of a second. Signs come on
# stdin, a character each; `d` also says that a debugger may hold the process. It ends with the process, and with its stdin.
# Usage: watchdog.bash <looks> <log line, as a JSON object with a level and an event>

# Signals are for the process: what hangs while it stops is ended too.
trap '' HUP INT TERM
looks=$1 line=$2 watched=$PPID
silent=0 last=.

while true; do
  IFS= read -r -t 1 -n 1 sign
  result=$?
  if ((result == 0)); then
    silent=0 last=$sign
    continue
  fi
  # Anything but the end of the second.
  ((result > 128)) || exit 0

  # Looks are counted, not time: whatever stops the machine or this process too is no silence. A process that is stopped
  # alone (T), or traced (t), begins anew when it goes on.
  read -r stat <"/proc/$watched/stat" || exit 0
  state=${stat##*) }
  if [[ $last == d || $state == [Tt]* ]]; then
    silent=0
    continue
  fi
  ((++silent < looks)) && continue

  # Whoever reads the log may hang as well.
  printf '{"time":"%(%Y-%m-%dT%H:%M:%S)T.000Z",%s\n' -1 "${line#\{}" &
  IFS= read -r -t 0.5 -n 1 sign
  result=$?
  # It is gone.
  ((result == 0 || result > 128)) || exit 0
  kill -KILL "$watched"
  # Only PID 1 of a container is still there: its own children cannot end it.
  silent=0
done
