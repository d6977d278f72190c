#!/bin/sh
# Writes what libraries make of their models, and compares it with provider/schema/testdata/written, which the tests there
# read. Usage, in the work folder of ../run.sh: written/run.sh ROOT
set -eu
version() { node -p "require('./node_modules/$1/package.json').version"; }

rm -rf made
mkdir made
for folder in lib/pydantic-*; do
  PYTHONPATH=$folder venv/bin/python written/pydantic2.py >"made/${folder#lib/}.json"
done
PYTHONPATH=lib/fastapi-0.98.0 venv/bin/python written/openapi.py >made/fastapi-0.98.0-openapi-3.0.json
PYTHONPATH=lib/fastapi-0.165.0 venv/bin/python written/openapi.py >made/fastapi-0.165.0-openapi-3.1.json
node written/zod.mjs 4 >"made/zod-$(version zod).json"
node written/zod.mjs 3 >"made/zod-to-json-schema-$(version zod-to-json-schema).json"

want=$1/provider/schema/testdata/written
diff -r "$want" made || {
  echo "To renew them: rm -r $want && cp -r $PWD/made $want && go test ./provider/schema -update"
  exit 1
}
echo "ok    they are as in provider/schema/testdata/written"
