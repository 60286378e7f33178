#!/bin/bash
# Exits with 0 when the worker of this container has come round within the last minute: its dispatcher touches the file every
# few seconds, whether or not the database answers. Usage: worker-health.bash <WORKER_HEARTBEAT_FILE>
[[ -n $(find "$1" -newermt '-60 seconds') ]]
