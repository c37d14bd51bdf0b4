#!/usr/bin/env bash
# guidellm against a running server, with made-up prompts. Checked with guidellm 0.8.1.
#
#   test/clients/guidellm.sh URL TOKENIZER     TOKENIZER: a folder with GPT-2's tokenizer.json
#
# GUIDELLM: the program, if it is not on the path.
set -euo pipefail

url=$1 tokenizer=$2
guidellm=${GUIDELLM:-guidellm}
command -v "$guidellm" >/dev/null || { echo 'skipped: guidellm is not installed'; exit 0; }

export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
"$guidellm" run \
  --backend "kind=openai_http,target=$url,request_format=/v1/completions" \
  --tokenizer "kind=huggingface_auto,model=$tokenizer" \
  --data 'kind=synthetic_text,prompt_tokens=32,output_tokens=16' \
  --profile 'kind=concurrent,streams=2' --constraint 'kind=max_requests,count=8' \
  --output kind=console --disable-console-interactive
