#!/usr/bin/env bash
# The step of action.yml that runs poolgate: options from the environment, so that none of them is ever shell code.
set -euo pipefail

options=()
while IFS= read -r line; do
  [[ -z ${line//[[:space:]]/} ]] || options+=("$line")
done <<<"${ARGUMENTS:-}"

case "${COMMAND:?}" in
  check) options+=(--install) ;;
  preview | lint) ;;
  *)
    echo "::error::the action's input 'command' is '$COMMAND', expected check, preview or lint"
    exit 2
    ;;
esac
for format in sarif json; do
  variable=${format^^}
  [[ -z ${!variable:-} ]] || options+=(--also "$format=${!variable}")
done

# In the checkout, since paths lead from there; -I keeps its files, and what PYTHONPATH names, from being imported.
code=0
"${RUNNER_TEMP:?}/poolgate/bin/python" -I -m poolgate "$COMMAND" "${options[@]}" -- "${TARGET:-.}" || code=$?
echo "exit-code=$code" >>"${GITHUB_OUTPUT:?}"
exit "$code"
