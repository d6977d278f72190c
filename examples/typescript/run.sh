#!/bin/sh
# Runs the client with the packages in ENV, over stdio and then over HTTP with the server at TEAM_URL. Usage: run.sh ENV
set -eu
cp "$(dirname "$0")/client.ts" "$1"
cd "$1"
npm start --silent
MCP_URL=$TEAM_URL npm start --silent
