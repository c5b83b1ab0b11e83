#!/usr/bin/env bash
# Starts an orchestrator and trainers as separate processes, until interrupted. Usage: start.sh FOLDER [TRAINERS]
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:?usage: start.sh FOLDER [TRAINERS]}
trainers=${2:-2}
mkdir -p "$folder/sockets" "$folder/logs"
address="unix:$folder/sockets/orchestrator.sock"
pids=()
stop() { kill -TERM "${pids[@]}" 2>/dev/null || true; wait; }
trap stop EXIT
trap 'exit 0' INT TERM

node "$here/services/orchestrator/dist/main.js" --address "$address" --trainer-count 0 \
  --state-url "pglite://$folder/state" --artifacts-url "file://$folder/artifacts" \
  --socket-folder "$folder/sockets" --log-folder "$folder/logs" 2>"$folder/logs/orchestrator.log" &
pids+=($!)
for number in $(seq "$trainers"); do
  node "$here/services/student-trainer/dist/main.js" --address "unix:$folder/sockets/trainer-$number.sock" \
    --orchestrator-address "$address" --artifacts-url "file://$folder/artifacts" \
    --worker-name "trainer-$number" 2>"$folder/logs/trainer-$number.log" &
  pids+=($!)
done
echo "orchestrator at $address with $trainers trainers; try: npx lyceum run FILE --orchestrator $address"
wait
