#!/bin/bash
# Exits with 0 when the API of this container answers /livez. Bash alone, because starting Node every few seconds costs more
# than the API does at rest, and the image has no curl. Usage: api-health.bash [port]
exec 3<> "/dev/tcp/127.0.0.1/${1:-8080}" || exit 1
printf 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 20 _ status _ <&3 && [[ $status == 200 ]]
