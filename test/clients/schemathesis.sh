#!/usr/bin/env bash
# schemathesis against a running server: requests made from its own OpenAPI document, right and wrong
# ones, and whether the answers are what the document says. Checked with schemathesis 4.32.5,
# hypothesis 6.170.15.
#
#   test/clients/schemathesis.sh URL [EXAMPLES]     URL: of the server, as http://127.0.0.1:8000
#
# Left out are positive_data_acceptance, since a schema cannot say which fields go together (the
# document does, as x-rules), and the routes of operators, which would stop the server. It takes some
# minutes: chats go on to the end of the context.
# SCHEMATHESIS: the program, if it is not on the path. KEY: where the server asks for one.
set -euo pipefail

url=$1 examples=${2:-50}
schemathesis=${SCHEMATHESIS:-schemathesis}
command -v "$schemathesis" >/dev/null || { echo 'skipped: schemathesis is not installed'; exit 0; }

checks=not_a_server_error,status_code_conformance,content_type_conformance
checks+=,response_headers_conformance,response_schema_conformance
checks+=,negative_data_rejection,unsupported_method,allow_header_conformance
[ -z "${KEY:-}" ] || { checks+=,ignored_auth; header=(--header "Authorization: Bearer $KEY"); }

"$schemathesis" run "$url/openapi.json" ${header[@]+"${header[@]}"} \
  --exclude-path-regex '^/admin/' --checks "$checks" \
  --request-timeout 120 --max-examples "$examples" --seed 1 --continue-on-failure
