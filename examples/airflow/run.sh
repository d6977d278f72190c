#!/bin/sh
# Runs the DAG in the environment ENV, with a database of its own. Usage: run.sh ENV
set -eu
here=$(realpath "$(dirname "$0")")
AIRFLOW_HOME=$(mktemp -d)
trap 'rm -rf "$AIRFLOW_HOME"' EXIT
export AIRFLOW_HOME AIRFLOW__CORE__DAGS_FOLDER="$here" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__LOGGING__LOGGING_LEVEL=WARNING

# An empty database takes long to make, so it is kept beside the program.
if [ ! -f "$1/empty.db" ]; then
  "$1/bin/airflow" db migrate
  cp "$AIRFLOW_HOME/airflow.db" "$1/empty.db"
fi
cp "$1/empty.db" "$AIRFLOW_HOME/airflow.db"
"$1/bin/airflow" dags test invoices
